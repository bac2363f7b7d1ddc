"""The short way gives what the long way gives, or nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, NonceUse
from rollcall.model.refusal import Refusal
from rollcall.registrar.decision import Decision, decide
from rollcall.registrar.plain_refresh import plain_refresh
from rollcall.registrar.request import read_register
from rollcall.sip.message import Request, parse

AOR = "sip:1001@rollcall"
START = 1_000_000.0
NONCES = (NonceUse(7, 2, 99, START + 300),)


class Way:
    """The endpoint a request comes over."""

    def __init__(self, transport: str = "udp", connection: int = 0) -> None:
        self.transport = transport
        self.connection = connection
        self.local = "198.51.100.1:5060"

    def send(self, data: bytes, host: str, port: int) -> None:
        raise AssertionError("the registrar sends nothing")

    def close(self, reason: str) -> None:
        raise AssertionError("the registrar closes nothing")


def request(cseq: int, **parts: Any) -> Request:
    """A REGISTER of a device at 192.0.2.10:5060, with `parts` changed."""
    via = parts.get("via", "192.0.2.10:5060")
    lines = [
        "REGISTER sip:example.com SIP/2.0",
        f"Via: SIP/2.0/UDP {via};branch=z9hG4bK{cseq}{parts.get('rport', ';rport')}",
        "From: <sip:1001@example.com>;tag=a",
        "To: <sip:1001@example.com>",
        f"Call-ID: {parts.get('call_id', 'call-1')}",
        f"CSeq: {cseq} REGISTER",
        *[f"Contact: {one}" for one in parts.get("contacts", ["<sip:1001@192.0.2.10:5060>"])],
        *[f"Expires: {one}" for one in parts.get("expires", ["3600"])],
        f"User-Agent: {parts.get('agent', 'Phone 1.0')}",
        *parts.get("extra", []),
    ]
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message


def long_way(
    record: AorRecord,
    message: Request,
    way: Way,
    host: str,
    port: int,
    policy: Policy,
    now: float,
) -> Decision | Refusal:
    read = read_register(
        message,
        aor=AOR,
        source_host=host,
        source_port=port,
        transport=way.transport,
        local=way.local,
        serial=1,
        connection=way.connection,
        nonces=NONCES,
    )
    return read if isinstance(read, Refusal) else decide(record, read, policy, now)


def bound(
    message: Request, way: Way, host: str, port: int, policy: Policy | None = None
) -> AorRecord:
    decision = long_way(AorRecord(AOR), message, way, host, port, policy or Policy(), START)
    assert isinstance(decision, Decision)
    return decision.record


VIAS = [
    "192.0.2.10:5060",
    "192.0.2.10",
    "10.0.0.5:5060",
    "10.0.0.5:6000",
    "phone.invalid",
    "[2001:db8::1]",
]
CONTACTS = [
    "<sip:1001@192.0.2.10:5060>",
    "<sip:1001@10.0.0.5:5060>",
    "sip:1001@192.0.2.10",
    '"Bob, B" <sip:1001@192.0.2.10>;q=0.5;+sip.instance="<urn:uuid:1>";reg-id=1',
    "<sip:1001@192.0.2.10>;expires=600",
    "*",
]
parts = st.fixed_dictionaries(
    {
        "via": st.sampled_from(VIAS),
        "rport": st.sampled_from([";rport", ""]),
        "contacts": st.lists(st.sampled_from(CONTACTS), min_size=0, max_size=2),
        "expires": st.lists(st.sampled_from(["3600", "0", "30", "x", "99999999999"]), max_size=1),
        "agent": st.sampled_from(["Phone 1.0", "Phone 1.1"]),
        "call_id": st.sampled_from(["call-1", "call-2"]),
        "extra": st.sampled_from([[], ["Path: <sip:edge.example.com;lr>"]]),
    }
)
sources = st.sampled_from(
    [("192.0.2.10", 5060), ("192.0.2.10", 40_000), ("203.0.113.5", 5060), ("2001:db8::1", 5060)]
)
ways = st.sampled_from([("udp", 0), ("tcp", 7), ("tcp", 8)])
policies = st.sampled_from([Policy(), Policy(expires_jitter=0), Policy(expires_min=120)])


@given(
    first=parts,
    second=parts,
    same=st.booleans(),
    cseq=st.integers(1, 4),
    source=sources,
    other=sources,
    way=ways,
    other_way=ways,
    policy=policies,
    later=st.sampled_from([1.0, 100.0, 5000.0]),
)
def test_short_way_agrees_with_the_long_way(
    first: dict[str, Any],
    second: dict[str, Any],
    same: bool,
    cseq: int,
    source: tuple[str, int],
    other: tuple[str, int],
    way: tuple[str, int],
    other_way: tuple[str, int],
    policy: Policy,
    later: float,
) -> None:
    if same:
        second, other, other_way = first, source, way
    before = long_way(AorRecord(AOR), request(2, **first), Way(*way), *source, policy, START)
    record = before.record if isinstance(before, Decision) else AorRecord(AOR)
    message = request(cseq, **second)
    now = START + later
    short = plain_refresh(record, message, Way(*other_way), *other, NONCES, policy, now)
    if short is not None:
        assert short == long_way(record, message, Way(*other_way), *other, policy, now)


@pytest.mark.parametrize(
    ("first", "way", "source"),
    [
        ({}, ("udp", 0), ("192.0.2.10", 5060)),
        ({"via": "10.0.0.5:5060"}, ("udp", 0), ("203.0.113.5", 40_000)),
        ({}, ("udp", 0), ("192.0.2.10", 40_000)),
        ({}, ("tcp", 7), ("192.0.2.10", 40_000)),
        ({"via": "10.0.0.5:5060"}, ("tcp", 7), ("203.0.113.5", 40_000)),
        ({"expires": []}, ("udp", 0), ("192.0.2.10", 5060)),
    ],
    ids=["direct", "behind nat", "port rewritten", "tcp", "tcp behind nat", "no expires"],
)
def test_usual_refreshes_take_the_short_way(
    first: dict[str, Any], way: tuple[str, int], source: tuple[str, int]
) -> None:
    policy = Policy()
    record = bound(request(2, **first), Way(*way), *source)
    message = request(3, **first)
    now = START + 60
    short = plain_refresh(record, message, Way(*way), *source, NONCES, policy, now)
    assert short is not None
    assert short == long_way(record, message, Way(*way), *source, policy, now)
    assert short.plain
    assert short.record.bindings[0].refreshes == 1


@pytest.mark.parametrize(
    "second",
    [
        {"contacts": ["<sip:1001@192.0.2.10:5062>"]},
        {"contacts": []},
        {"call_id": "call-2"},
        {"agent": "Phone 2.0"},
        {"expires": ["0"]},
        {"expires": ["59"]},
        {"via": "10.0.0.5:5060"},
    ],
    ids=["contact", "fetch", "call-id", "agent", "removal", "too brief", "via"],
)
def test_anything_new_takes_the_long_way(second: dict[str, Any]) -> None:
    record = bound(request(2), Way(), "192.0.2.10", 5060)
    message = request(3, **second)
    assert (
        plain_refresh(record, message, Way(), "192.0.2.10", 5060, NONCES, Policy(), START + 9)
        is None
    )


def test_retransmission_takes_the_long_way() -> None:
    record = bound(request(2), Way(), "192.0.2.10", 5060)
    short = plain_refresh(
        record, request(2), Way(), "192.0.2.10", 5060, NONCES, Policy(), START + 9
    )
    assert short is None
