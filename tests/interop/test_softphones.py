"""Real softphones register, refresh and unregister against a real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.patience import eventually
from harness.phone_book import password_of
from harness.server import Server
from harness.softphone import baresip, linphonec

INTERVAL = 10
"""Seconds; the shortest that `expires_min` can be set to."""

transports = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest.fixture
def own(folder: Path) -> Iterator[Server]:
    """A server with one phone, 1001, that grants short registrations."""
    with Server(folder) as server:
        server.rollcall("param", "set", "expires_min", str(INTERVAL))
        server.rollcall("phone", "add", "1001", "--password", password_of("1001"))
        yield server


def watch_one_life(
    server: Server, transport: str, agent: str, quit_phone: Callable[[], None]
) -> None:
    """Registered, refreshed and, after `quit_phone`, gone: all as the operator sees it."""
    (item,) = eventually(lambda: server.bound("1001"), within=15, what=f"{agent} registered")
    assert agent in item["user_agent"].lower()
    assert item["transport"].lower() == transport
    assert item["instance_id"].startswith("urn:uuid:")
    assert 0 < item["expires_in"] <= INTERVAL

    def refreshed() -> bool:
        (now,) = server.bound("1001")
        assert now["id"] == item["id"], "a refresh keeps the binding"
        return bool(now["refreshes"] > item["refreshes"])

    eventually(refreshed, within=2 * INTERVAL, what=f"{agent} came back before its time ran out")
    quit_phone()
    server.wait_for_bindings("1001", 0)
    (ended,) = server.listing("registrations", "--phone", "1001")
    assert ended["status"] == "unregistered"
    assert ended["ended"] == "unregistered"


@transports
def test_baresip(own: Server, transport: str) -> None:
    password = password_of("1001")
    with baresip(own, "1001", password, transport=transport, interval=INTERVAL) as phone:
        watch_one_life(own, transport, "baresip", phone.quit)


@transports
def test_linphonec(own: Server, transport: str) -> None:
    password = password_of("1001")
    with linphonec(own, "1001", password, transport=transport, interval=INTERVAL) as phone:
        watch_one_life(own, transport, "linphone", phone.quit)
