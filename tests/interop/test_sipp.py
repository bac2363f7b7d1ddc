"""SIPp plays the flows of a registering phone against a real server, over UDP and TCP.

Each scenario checks the messages; the test checks what the operator sees.
"""

import re
from collections.abc import Callable

import pytest

from harness.patience import eventually
from harness.ports import free_ports
from harness.server import Server
from harness.sipp import Played, play

transports = pytest.mark.parametrize("transport", ["udp", "tcp"])

NewPhone = Callable[[], str]


def contacts(server: Server, number: str) -> list[str]:
    """Contacts the operator sees, sorted; the listing is asked for until it has settled."""
    return sorted(item["contact"] for item in server.bound(number))


def granted(played: Played) -> None:
    """The scenario went as written."""
    assert played.status == 0, f"{played.faults}\n{played.messages}"


def last_contacts(played: Played) -> list[str]:
    """Contact lines of the last response in the log."""
    last = played.messages.rpartition("SIP/2.0 200")[2]
    return re.findall(r"^Contact: (.*?)\r?$", last, re.MULTILINE)


@transports
@pytest.mark.rfc("3665", "2.1", "successful new registration")
def test_register(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    played = play(lenient, "register", number=number, transport=transport)
    granted(played)
    (item,) = lenient.wait_for_bindings(number, 1)
    assert item["contact"] == f"<sip:{number}@127.0.0.1:40000>"
    assert (item["contact_ip"], item["contact_port"]) == ("127.0.0.1", 40000)
    assert item["source_ip"] == "127.0.0.1"
    assert item["transport"].lower() == transport
    assert item["user_agent"] == "sipp/rollcall"
    assert item["status"] == "registered"
    assert 0 < item["expires_in"] <= 300
    assert last_contacts(played) == [f"<sip:{number}@127.0.0.1:40000>;expires=300"]


@transports
@pytest.mark.rfc("3665", "2.2", "update of contact list")
def test_refresh_keeps_one_binding(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    granted(play(lenient, "refresh", number=number, transport=transport))
    lenient.wait_for_bindings(number, 1)
    with lenient.api() as api:
        kinds = [
            event["kind"] for event in api.get("/events", params={"phone": number}).json()["items"]
        ]
    assert kinds == ["registered"], "refreshes are counted, not stored one by one"


@transports
@pytest.mark.rfc("3665", "2.4", "cancellation of registration")
def test_unregister(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    granted(play(lenient, "unregister", number=number, transport=transport))
    lenient.wait_for_bindings(number, 0)
    (item,) = lenient.listing("registrations", "--phone", number)
    assert item["status"] == "unregistered"
    assert item["ended"] == "unregistered"


@transports
@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_removes_everything(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    granted(play(lenient, "star", number=number, transport=transport))
    lenient.wait_for_bindings(number, 0)


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_without_zero_is_refused_and_removes_nothing(
    lenient: Server, new_phone: NewPhone
) -> None:
    number = new_phone()
    granted(play(lenient, "star_alone", number=number))
    lenient.wait_for_bindings(number, 1)


@transports
@pytest.mark.rfc("3261", "10.3", "step 8")
def test_several_contacts_each_with_its_own_expiry(
    lenient: Server, new_phone: NewPhone, transport: str
) -> None:
    number = new_phone()
    played = play(lenient, "several", number=number, transport=transport)
    granted(played)
    first = f"<sip:{number}@127.0.0.1:40000>;q=0.5"
    second = f"<sip:{number}@127.0.0.1:40001>"
    assert sorted(last_contacts(played)) == sorted(
        [f"{first};expires=300", f"{second};expires=600"]
    )
    lenient.wait_for_bindings(number, 2)
    assert contacts(lenient, number) == sorted([first, second])


@transports
@pytest.mark.rfc("3665", "2.3", "request for current contact list")
def test_fetch(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    played = play(lenient, "fetch", number=number, transport=transport)
    granted(played)
    (line,) = last_contacts(played)
    assert line.startswith(f"<sip:{number}@127.0.0.1:40000>;expires=")


@transports
@pytest.mark.rfc("3261", "10.3", "step 7")
def test_too_brief(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    played = play(lenient, "too_brief", number=number, transport=transport)
    granted(played)
    assert re.search(r"^Min-Expires: 10\r?$", played.messages, re.MULTILINE)


@transports
@pytest.mark.rfc("3665", "2.5", "unsuccessful registration")
def test_wrong_password_binds_nothing(lenient: Server, new_phone: NewPhone, transport: str) -> None:
    number = new_phone()
    granted(play(lenient, "wrong_password", number=number, transport=transport, password="not it"))
    lenient.wait_for_bindings(number, 0)

    def named() -> bool:
        return "wrong_password" in lenient.rollcall("failures", "--json")

    eventually(named, what="the failed registration in the operator's list")


def test_device_that_moved_is_one_binding(lenient: Server, new_phone: NewPhone) -> None:
    """The NAT gave it another port: same Call-ID, same contact user, higher CSeq."""
    number = new_phone()
    call_id = f"moving-{number}@192.0.2.17"
    for first_cseq, port in zip((1, 10), free_ports(2), strict=True):
        granted(
            play(
                lenient,
                "register",
                number=number,
                contact=f"sip:{number}@192.0.2.17:{5060 + first_cseq}",
                source_port=port,
                call_id=call_id,
                first_cseq=first_cseq,
            )
        )

    def moved() -> bool:
        return contacts(lenient, number) == [f"<sip:{number}@192.0.2.17:5070>"]

    eventually(moved, what="one binding at the new contact")
    assert "moved" in lenient.rollcall("events", "--json")
