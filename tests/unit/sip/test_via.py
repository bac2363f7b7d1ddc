import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import ParseError, SipError
from rollcall.sip.via import Via, parse_via


@pytest.mark.rfc("3261", "20.42")
def test_plain() -> None:
    via = parse_via("SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKa;rport")
    assert (via.protocol, via.transport, via.host, via.port) == (
        "SIP/2.0",
        "UDP",
        "192.0.2.1",
        5061,
    )
    assert (via.branch, via.rport, via.received, via.maddr) == ("z9hG4bKa", "", None, None)
    assert via.sent_by == "192.0.2.1:5061"


@pytest.mark.rfc("4475", "3.1.1.1")
def test_white_space_anywhere() -> None:
    via = parse_via("SIP  / 2.0  /UDP     192.0.2.2 ;branch=390skdjuw")
    assert (via.protocol, via.transport, via.host, via.branch) == (
        "SIP/2.0",
        "UDP",
        "192.0.2.2",
        "390skdjuw",
    )
    assert parse_via("sip/2.0/tcp h : 5060 ; branch = x").port == 5060


@pytest.mark.rfc("4475", "3.1.1.10")
def test_unknown_transport() -> None:
    assert parse_via("SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKzzz").transport == "UNKNOWN"


@pytest.mark.parametrize(
    ("text", "host", "received"),
    [
        ("SIP/2.0/UDP [2001:DB8::9:1];branch=z", "2001:db8::9:1", None),
        (
            "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z",
            None,
            "2001:db8::9:255",
        ),
        ("SIP/2.0/UDP h;received=2001:db8::9:255;branch=z", "h", "2001:db8::9:255"),
    ],
)
@pytest.mark.rfc("5118", "4.5")
def test_ipv6(text: str, host: str | None, received: str | None) -> None:
    via = parse_via(text)
    assert host is None or via.host == host
    assert via.received == received
    assert via.branch == "z"


@pytest.mark.parametrize(
    ("text", "rport"),
    [
        ("", None),
        (";rport", ""),
        (";rport=", ""),
        (";rport=5062", 5062),
        (";rport=x", ""),
        (";rport=65536", ""),
    ],
)
@pytest.mark.rfc("3581", "3")
def test_rport(text: str, rport: int | str | None) -> None:
    assert parse_via(f"SIP/2.0/UDP h;branch=z{text}").rport == rport


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 UDP h",
        "SIP/2.0/UDP h:70000",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h x",
        'SIP/2.0/UDP h;a="x',
        "SIP/2.0/UDP 2001:db8::1",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_via(text)
    assert caught.value.status == 400


token = st.text(string.ascii_letters + string.digits, min_size=1, max_size=10)


@given(
    st.sampled_from(["UDP", "tcp", "TLS", "WSS", "SCTP"]),
    st.one_of(token, st.ip_addresses(v=6).map(lambda address: f"[{address}]")),
    st.one_of(st.none(), st.integers(0, 65535)),
    st.lists(st.tuples(token, token), max_size=5),
)
def test_reading_what_was_written(
    transport: str, host: str, port: int | None, params: list[tuple[str, str]]
) -> None:
    tail = "".join(f";{name}={value}" for name, value in params)
    via = parse_via(f"SIP/2.0/{transport} {host}{'' if port is None else f':{port}'}{tail}")
    assert parse_via(str(via)) == via


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"SIP/2.0/UDP {text}", f"SIP/2.0/UDP h;{text}"):
        with contextlib.suppress(SipError):
            assert isinstance(parse_via(candidate), Via)


@pytest.mark.parametrize(
    "tail",
    [
        ";branch=z9hG4bKx.y-1",
        ";branch=z9hG4bKx;rport",
        ";rport;branch=z9hG4bKx",
        ";rport;branch=z9hG4bKx;rport",
    ],
)
def test_plain_parameters_are_read_as_the_long_way_does(tail: str) -> None:
    spaced = tail.replace("=", " = ").replace(";", "; ")
    assert parse_via(f"SIP/2.0/UDP 192.0.2.1{tail}") == parse_via(f"SIP/2.0/UDP 192.0.2.1{spaced}")
