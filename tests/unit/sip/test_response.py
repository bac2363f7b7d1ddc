import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import ParseError
from rollcall.sip.message import Request, Response, parse
from rollcall.sip.response import build_response, response_target
from rollcall.sip.via import parse_via


def request_with(
    via: str = "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1", **changes: str
) -> Request:
    fields = {
        "From": '"P" <sip:a@h>;tag=1',
        "To": "<sip:a@h>",
        "Call-ID": "c@h",
        "CSeq": "7 REGISTER",
        **changes,
    }
    lines = [f"Via: {via}"] + [f"{name}: {value}" for name, value in fields.items()]
    text = "\r\n".join(["REGISTER sip:h SIP/2.0", *lines, "", ""])
    message = parse(text.encode())
    assert isinstance(message, Request)
    return message


def lines_of(data: bytes) -> list[str]:
    assert data.endswith(b"\r\n\r\n")
    return data.decode()[:-4].split("\r\n")


@pytest.mark.rfc("3261", "8.2.6.2")
def test_what_is_copied() -> None:
    answer = build_response(
        request_with(),
        200,
        to_tag="t9",
        headers=[("Contact", "<sip:a@h>;expires=60"), ("Date", "d")],
    )
    assert lines_of(answer) == [
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1",
        'From: "P" <sip:a@h>;tag=1',
        "To: <sip:a@h>;tag=t9",
        "Call-ID: c@h",
        "CSeq: 7 REGISTER",
        "Contact: <sip:a@h>;expires=60",
        "Date: d",
        "Content-Length: 0",
    ]
    assert isinstance(parse(answer), Response)


def test_every_via_line_is_copied_in_order() -> None:
    via = "SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/TCP b;branch=2, SIP/2.0/TLS c\r\nv: SIP/2.0/UDP d"
    answer = lines_of(build_response(request_with(via), 200, to_tag="t"))
    assert answer[1:4] == [
        "Via: SIP/2.0/UDP a;branch=1",
        "Via: SIP/2.0/TCP b;branch=2, SIP/2.0/TLS c",
        "Via: SIP/2.0/UDP d",
    ]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("<sip:a@h>;tag=old", "<sip:a@h>;tag=old"),
        ("sip:a@h", "sip:a@h;tag=new"),
        ("<sip:a@h;tag=uri>", "<sip:a@h;tag=uri>;tag=new"),
        ('"broken <sip:a@h>', '"broken <sip:a@h>;tag=new'),
        ('"broken <sip:a@h>; Tag =x', '"broken <sip:a@h>; Tag =x'),
    ],
)
@pytest.mark.rfc("3261", "8.2.6.2", "a tag is added to a To without one")
def test_to_tag(to: str, expected: str) -> None:
    assert f"To: {expected}" in lines_of(build_response(request_with(To=to), 404, to_tag="new"))


def test_100_needs_no_tag() -> None:
    assert "To: <sip:a@h>" in lines_of(build_response(request_with(), 100, to_tag="new"))


@pytest.mark.parametrize(
    ("via", "marked"),
    [
        # rport asked for: both, always (RFC 3581 section 4)
        ("SIP/2.0/UDP 10.1.1.1;rport", "SIP/2.0/UDP 10.1.1.1;rport=4444;received=192.0.2.9"),
        (
            "SIP/2.0/UDP 192.0.2.9;rport;x=1",
            "SIP/2.0/UDP 192.0.2.9;rport=4444;received=192.0.2.9;x=1",
        ),
        ("SIP/2.0/UDP h;x;rport=", "SIP/2.0/UDP h;x;rport=4444;received=192.0.2.9"),
        ("SIP/2.0/UDP h ; rport ;x", "SIP/2.0/UDP h;x;rport=4444;received=192.0.2.9"),
        ("SIP/2.0/UDP h;rportx=1;rport", "SIP/2.0/UDP h;rportx=1;rport=4444;received=192.0.2.9"),
        # not asked for: received only where it differs (RFC 3261 section 18.2.1)
        ("SIP/2.0/UDP 192.0.2.9:5070;branch=z", "SIP/2.0/UDP 192.0.2.9:5070;branch=z"),
        ("SIP/2.0/UDP 10.1.1.1;branch=z", "SIP/2.0/UDP 10.1.1.1;branch=z;received=192.0.2.9"),
        ("SIP/2.0/UDP pc.example.com", "SIP/2.0/UDP pc.example.com;received=192.0.2.9"),
        # what the sender wrote there is not believed
        ("SIP/2.0/UDP 192.0.2.9;received=6.6.6.6", "SIP/2.0/UDP 192.0.2.9"),
        ("SIP/2.0/UDP h;received=6.6.6.6", "SIP/2.0/UDP h;received=192.0.2.9"),
        ("SIP/2.0/UDP h;rport;received=6.6.6.6", "SIP/2.0/UDP h;rport=4444;received=192.0.2.9"),
        ("SIP/2.0/UDP h;rport=1", "SIP/2.0/UDP h;rport=4444;received=192.0.2.9"),
        (
            'SIP/2.0/UDP h;x=";rport;";rport',
            'SIP/2.0/UDP h;x=";rport;";rport=4444;received=192.0.2.9',
        ),
        # only the first value of a line is ours
        (
            "SIP/2.0/UDP h;rport, SIP/2.0/UDP b;rport",
            "SIP/2.0/UDP h;rport=4444;received=192.0.2.9, SIP/2.0/UDP b;rport",
        ),
    ],
)
@pytest.mark.rfc("3261", "18.2.1")
@pytest.mark.rfc("3581", "4")
def test_the_top_via_learns_the_source(via: str, marked: str) -> None:
    answer = build_response(request_with(via), 200, to_tag="t", received="192.0.2.9", rport=4444)
    assert lines_of(answer)[1] == f"Via: {marked}"


def test_only_the_top_via_line_is_marked() -> None:
    answer = build_response(
        request_with("SIP/2.0/UDP a;rport\r\nVia: SIP/2.0/UDP b;rport"),
        200,
        to_tag="t",
        received="192.0.2.9",
        rport=1,
    )
    assert lines_of(answer)[2] == "Via: SIP/2.0/UDP b;rport"


def test_a_broken_via_further_down_is_copied_as_it_is() -> None:
    request = request_with("SIP/2.0/UDP a;rport, broken")
    answer = build_response(request, 400, to_tag="t", received="192.0.2.9", rport=1)
    assert lines_of(answer)[1] == "Via: SIP/2.0/UDP a;rport=1;received=192.0.2.9, broken"


def test_ipv6_source() -> None:
    answer = build_response(
        request_with("SIP/2.0/UDP [2001:DB8::1];rport"),
        200,
        to_tag="t",
        received="2001:db8::9",
        rport=5,
    )
    assert lines_of(answer)[1].endswith(";rport=5;received=2001:db8::9")


def test_reason() -> None:
    assert lines_of(build_response(request_with(), 400, "Bad q", to_tag="t"))[0] == (
        "SIP/2.0 400 Bad q"
    )
    assert lines_of(build_response(request_with(), 423, to_tag="t"))[0] == (
        "SIP/2.0 423 Interval Too Brief"
    )


def test_nothing_can_add_a_header() -> None:
    answer = build_response(
        request_with(),
        200,
        "OK\r\nEvil: 1",
        to_tag="t",
        headers=[("Contact", "<sip:a@h>\r\nEvil: 2"), ("X\n", "y\rEvil: 3")],
    )
    assert not any(line.startswith("Evil") for line in lines_of(answer))
    assert b"\n" not in answer.replace(b"\r\n", b"")
    assert b"\r" not in answer.replace(b"\r\n", b"")


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
def test_every_kind_of_line_break_becomes_a_space(line_break: str) -> None:
    answer = build_response(request_with(), 200, to_tag="t", headers=[("X", f"a{line_break}b")])
    assert "X: a b" in lines_of(answer)


def test_a_broken_request_is_answered_with_what_is_there() -> None:
    with pytest.raises(ParseError) as caught:
        parse(b"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTo: <\r\n\r\n")
    assert caught.value.message is not None
    answer = build_response(caught.value.message, 400, caught.value.reason, to_tag="t")
    assert lines_of(answer) == [
        "SIP/2.0 400 Missing From header field",
        "Via: SIP/2.0/UDP h",
        "To: <;tag=t",
        "Content-Length: 0",
    ]


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_echoes_are_the_bytes_that_came(charset: str) -> None:
    contact = 'Contact: "Zoë" <sip:a@h>'.encode(charset)
    request = parse(
        b"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"
        + "From: Jürgen <sip:a@h>;tag=1\r\n".encode(charset)
        + b"To: <sip:a@h>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
        + contact
        + b"\r\n\r\n"
    )
    assert isinstance(request, Request)
    contacts = request.contacts()
    assert isinstance(contacts, list)
    headers = (
        [("Contact", contacts[0].text), ("X", "→")]
        if charset == "latin-1"
        else [("Contact", contacts[0].text)]
    )
    answer = build_response(request, 200, to_tag="t", headers=headers)
    assert contact in answer
    assert "Jürgen".encode(charset) in answer


@pytest.mark.parametrize(
    ("via", "target"),
    [
        ("SIP/2.0/UDP 10.1.1.1:5070;rport", ("192.0.2.9", 4444)),
        ("SIP/2.0/UDP 10.1.1.1:5070;rport=1", ("192.0.2.9", 4444)),
        ("SIP/2.0/UDP 10.1.1.1:5070", ("192.0.2.9", 5070)),
        ("SIP/2.0/UDP 10.1.1.1", ("192.0.2.9", 5060)),
        ("SIP/2.0/UDP 10.1.1.1;maddr=239.255.255.1", ("192.0.2.9", 5060)),
        ("SIP/2.0/UDP 10.1.1.1;received=6.6.6.6", ("192.0.2.9", 5060)),
    ],
)
@pytest.mark.rfc("3261", "18.2.2")
@pytest.mark.rfc("3581", "4")
def test_response_target(via: str, target: tuple[str, int]) -> None:
    assert response_target(parse_via(via), "192.0.2.9", 4444) == target


@given(st.text(), st.text())
def test_an_answer_is_always_one_message(value: str, reason: str) -> None:
    answer = build_response(request_with(), 200, reason, to_tag="t", headers=[("X", value)])
    message = parse(answer)
    assert isinstance(message, Response)
    assert message.headers.keys() >= {"via", "from", "to", "call-id", "cseq", "content-length"}
    assert answer.count(b"\r\n\r\n") == 1
