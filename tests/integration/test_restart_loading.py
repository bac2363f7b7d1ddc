"""A restart with more bindings than can be loaded at once: answered first, loaded behind."""

from pathlib import Path
from typing import Any

import httpx

from harness.device import Device, Line
from harness.load import Fleet
from harness.patience import eventually
from harness.phone_book import password_of, provision
from harness.server import Server

FLEET = [str(number) for number in range(20_001, 20_801)]
BY_TCP = "29001"

STALLED = """
import rollcall.storage.view_loader

rollcall.storage.view_loader.PAUSE = 3600.0  # an hour between the first chunk and the next
"""


def stall_loading(server: Server) -> None:
    """Let the server's processes, from the next start on, load one chunk and no more."""
    folder = server.folder / "stalled"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STALLED)
    server.environment["PYTHONPATH"] = str(folder)


def state(server: Server) -> dict[str, Any]:
    """What /health/ready says."""
    url = f"http://{server.host}:{server.console_port}/health/ready"
    answer = httpx.get(url, timeout=5)
    assert answer.status_code == httpx.codes.OK
    found: dict[str, Any] = answer.json()
    return found


def device(server: Server, number: str, transport: str = "UDP") -> Device:
    """The phone `number`, seen from the world."""
    return Device(number, password_of(number), (server.host, server.sip_port), transport)


def bound_to(server: Server, number: str) -> int:
    """Ask as its phone how many bindings `number` has."""
    with Line(device(server, number)) as line:
        answer = line.register(contacts=(), expires=None)
    assert answer.status == 200
    return len(answer.contacts)


def shown(server: Server) -> set[str]:
    """Whom the operator sees bound."""
    with server.api() as api:
        items = api.get("/registrations", params={"limit": 1000}).json()["items"]
    return {item["phone"] for item in items if item["status"] != "unregistered"}


def test_a_server_is_ready_before_all_is_loaded_and_knows_everything(folder: Path) -> None:
    with Server(folder) as server:
        provision(server, [*FLEET, BY_TCP])
        server.rollcall("param", "set", "rate_per_source", "0")
        with Fleet(server) as fleet:
            fleet.add(FLEET)
            fleet.run(until=lambda: len(fleet.acknowledged) == len(FLEET))
        natted = device(server, BY_TCP, "TCP")
        natted.contact = f"sip:{BY_TCP}@10.9.8.7:5062;transport=tcp"
        with Line(natted) as line:
            assert line.register().status == 200
            eventually(lambda: shown(server) == {*FLEET, BY_TCP}, within=20, what="all are shown")
            server.kill()
        stall_loading(server)
        server.start()

        now = state(server)
        assert now["ready"]
        assert not now["recovered"]
        eventually(lambda: state(server)["loading"]["loaded"] > 0, what="the first chunk")
        assert state(server)["loading"]["loaded"] < state(server)["loading"]["expected"]
        some = [FLEET[0], FLEET[300], FLEET[600], FLEET[-1]]
        assert [bound_to(server, number) for number in some] == [1] * 4
        with Line(device(server, FLEET[-2])) as line:
            contact = fleet.acknowledged[FLEET[-2]].contact
            assert line.register(contacts=(f"<{contact}>",), expires=0).status == 200
        server.rollcall("unregister", FLEET[-3])
        assert [bound_to(server, number) for number in FLEET[-3:]] == [0, 0, 1]
        assert bound_to(server, BY_TCP) == 1
        eventually(
            lambda: [one["status"] for one in server.bound(BY_TCP)] == ["unreachable"],
            what="a record that was fetched has lost its connection, too",
        )
        assert not state(server)["recovered"]

        server.kill()
        del server.environment["PYTHONPATH"]
        server.start()
        eventually(lambda: state(server)["recovered"], within=20, what="everything is loaded")
        now = state(server)
        assert now["loading"] is None
        assert now["aors"] >= len(FLEET) - 2
        assert shown(server) == {*FLEET[:-3], FLEET[-1], BY_TCP}
        assert [bound_to(server, number) for number in FLEET[-3:]] == [0, 0, 1]
