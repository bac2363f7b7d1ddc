"""Only our own edges may say whom a request is from."""

import pytest

from rollcall.engine.edges import TrustedEdges
from rollcall.model.phone import Network
from rollcall.sip.message import Request, parse

EDGE = ("192.0.2.1", 5060)


def request(*vias: str) -> Request:
    lines = ["REGISTER sip:example.com SIP/2.0", *[f"Via: {via}" for via in vias]]
    lines += ["From: <sip:a@b>;tag=1", "To: <sip:a@b>", "Call-ID: c", "CSeq: 1 REGISTER", "", ""]
    message = parse("\r\n".join(lines).encode())
    assert isinstance(message, Request)
    return message


EDGES = TrustedEdges((Network("192.0.2.0/28"),))
OWN = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKe"


@pytest.mark.parametrize(
    ("vias", "expected"),
    [
        ((OWN, "SIP/2.0/UDP 10.0.0.5;received=203.0.113.7;rport=4711"), ("203.0.113.7", 4711)),
        ((OWN, "SIP/2.0/UDP 203.0.113.7:5070"), ("203.0.113.7", 5070)),
        ((OWN, "SIP/2.0/UDP phone.invalid"), EDGE),
        ((OWN, "SIP/2.0/TCP [2001:db8::7]:5070"), ("2001:db8::7", 5070)),
    ],
    ids=["received", "sent-by", "name", "ipv6"],
)
@pytest.mark.rfc("3261", "18.2.1")
def test_edge_is_believed(vias: tuple[str, ...], expected: tuple[str, int]) -> None:
    assert EDGES.source(request(*vias), *EDGE) == expected


@pytest.mark.parametrize(
    "via",
    ["SIP/2.0/UDP 10.0.0.5;received=203.0.113.7;rport=9", "SIP/2.0/UDP 203.0.113.7:5070"],
)
def test_what_a_client_writes_himself_is_not_believed_behind_an_edge_without_a_via(
    via: str,
) -> None:
    assert EDGES.source(request(via), *EDGE) == EDGE


def test_stranger_is_not_believed() -> None:
    message = request(OWN, "SIP/2.0/UDP 10.0.0.5;received=203.0.113.7;rport=4711")
    assert EDGES.source(message, "198.51.100.9", 4000) == ("198.51.100.9", 4000)
