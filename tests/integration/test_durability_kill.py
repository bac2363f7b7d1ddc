"""Load, kill -9, restart: what was acknowledged is there, what was thrown out is not."""

import time
from pathlib import Path

import pytest

from harness.device import Device, Line
from harness.load import Fleet
from harness.patience import eventually
from harness.phone_book import password_of, provision
from harness.processes import kill_and_wait
from harness.server import Server

FLEET = [str(number) for number in range(3001, 3101)]
KICKED = FLEET[:10]
REST = FLEET[10:]


def bound(server: Server) -> dict[str, int]:
    """Numbers that are bound -> the CSeq of their binding."""
    with server.api() as api:
        items = api.get("/registrations", params={"limit": 1000}).json()["items"]
    return {item["phone"]: item["cseq"] for item in items if item["status"] != "unregistered"}


def kick(server: Server, fleet: Fleet, numbers: list[str]) -> None:
    """Silence these devices and throw them out; returns when that is in effect."""
    fleet.retire(numbers)
    kicked = {"filter": {"phone": numbers}, "reason": "test of durability"}
    with server.api() as api:
        answer = api.post("/registrations/kick", json=kicked)
    assert answer.json()["kicked"] == len(numbers)
    for number in numbers:
        del fleet.acknowledged[number]


@pytest.mark.parametrize("refreshes", [1, 400])
def test_nothing_acknowledged_is_lost(folder: Path, refreshes: int) -> None:
    """The server is killed in the middle of the load, after so many more answers."""
    with Server(folder) as server, Fleet(server) as fleet:
        provision(server, FLEET)
        server.rollcall("param", "set", "rate_per_source", "0")  # the fleet has one address
        fleet.add(FLEET)
        fleet.run(until=lambda: len(fleet.acknowledged) == len(FLEET))
        kick(server, fleet, KICKED)
        before = {number: known.cseq for number, known in fleet.acknowledged.items()}

        def so_many_more() -> bool:
            after = {number: known.cseq for number, known in fleet.acknowledged.items()}
            return sum(after[number] - before[number] for number in before) >= refreshes

        fleet.run(until=so_many_more)
        server.kill()
        server.start()
        found = bound(server)
        assert set(found) == set(REST), "exactly those that were not thrown out"
        for number, known in fleet.acknowledged.items():
            assert found[number] >= known.cseq, f"{number} went back behind its last 200"


@pytest.fixture
def phone(server: Server) -> Device:
    """A provisioned phone."""
    server.rollcall("phone", "add", "3001", "--password", password_of("3001"))
    return Device("3001", password_of("3001"), (server.host, server.sip_port))


def test_phones_are_answered_while_the_control_process_is_dead(
    server: Server, phone: Device
) -> None:
    with Line(phone) as line:
        assert line.register().status == 200
        dead = server.control_pid
        kill_and_wait(dead)
        assert line.register().status == 200, "the SIP process waits for nobody"
        eventually(server.ready, within=10, what="the control process is back")
        assert server.control_pid != dead
        wanted = phone.cseq

        def caught_up() -> bool:
            return [item["cseq"] for item in server.bound("3001")] == [wanted]

        eventually(caught_up, what="the listing shows what happened meanwhile")


def test_operators_are_answered_while_the_sip_process_is_dead(
    server: Server, phone: Device
) -> None:
    with Line(phone) as line:
        assert line.register().status == 200
        server.wait_for_bindings("3001", 1)
        dead = server.sip_pid
        kill_and_wait(dead)
        assert [item["phone"] for item in server.bound("3001")] == ["3001"]
        eventually(server.ready, within=10, what="the SIP process is back")
        assert server.sip_pid != dead
        assert line.register().status == 200, "its nonce still holds: the key is on disk"


def test_a_restart_causes_no_wave_of_challenges(server: Server, phone: Device) -> None:
    with Line(phone) as line:
        assert line.register().status == 200
        server.stop()
        server.start()
        assert line.ask(phone.register()).status == 200, "the very first request is granted"


def test_time_goes_on_while_the_server_is_down(folder: Path) -> None:
    """A binding is granted what is left of its time, not all of it again."""
    with Server(folder) as server:
        server.rollcall("param", "set", "expires_min", "10")
        server.rollcall("phone", "add", "3001", "--password", password_of("3001"))
        device = Device("3001", password_of("3001"), (server.host, server.sip_port))
        with Line(device) as line:
            assert line.register(expires=300).status == 200
        server.wait_for_bindings("3001", 1)
        began = time.monotonic()
        server.stop()
        server.start()
        (item,) = server.bound("3001")
        gone = time.monotonic() - began
        assert item["expires_in"] <= item["granted_expires"] - int(gone)


def test_a_kick_right_after_registering_finds_its_phone(server: Server, phone: Device) -> None:
    """The operator need not know that listings follow the phones."""
    kicked = {"filter": {"phone": [phone.number]}}
    with Line(phone) as line, server.api() as api:
        for _ in range(10):
            assert line.register().status == 200
            answer = api.post("/registrations/kick", json=kicked)
            assert answer.json()["kicked"] == 1


def test_stopping_is_graceful_and_takes_at_most_5_seconds(server: Server) -> None:
    """In the middle of the load; what was answered is there at the next start."""
    numbers = FLEET[:20]
    provision(server, numbers)
    server.rollcall("param", "set", "rate_per_source", "0")
    with Fleet(server) as fleet:
        fleet.add(numbers)
        fleet.run(until=lambda: len(fleet.acknowledged) == len(numbers))
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5.5, "5 s, and half a second of the machine's"
        server.start()
        found = bound(server)
        for number, known in fleet.acknowledged.items():
            assert found[number] >= known.cseq
