import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.contact import STAR
from rollcall.sip.cseq import CSeq
from rollcall.sip.errors import ParseError, SipError, Unanswerable
from rollcall.sip.grammar import MAX_VALUES
from rollcall.sip.header_lines import MAX_LINE, MAX_LINES, MAX_MESSAGE
from rollcall.sip.message import Request, Response, parse
from rollcall.sip.uri import SipUri

REGISTER = b"""REGISTER sip:example.com SIP/2.0\r
Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK776;rport\r
Max-Forwards: 70\r
To: <sip:1001@example.com>\r
From: "Phone" <sip:1001@example.com>;tag=456248\r
Call-ID: a84b4c76e66710@pc33.example.com\r
CSeq: 1826 REGISTER\r
Contact: <sip:1001@192.0.2.7:5060>;expires=120, <sip:1001@192.0.2.8>\r
Authorization: Digest username="1001", realm="r", nonce="84a4", uri="sip:h", response="7587"\r
User-Agent: Desk Phone 1.0\r
Expires: 3600\r
Supported: path, Outbound\r
Content-Length: 0\r
\r
"""


def register(*changes: tuple[bytes, bytes]) -> bytes:
    data = REGISTER
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data


def read(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def refused(data: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(data)
    assert caught.value.message is not None
    assert caught.value.reason.isascii()
    return caught.value


def test_a_register() -> None:
    request = read(REGISTER)
    assert (request.method, request.uri) == ("REGISTER", "sip:example.com")
    assert request.request_uri() == SipUri("sip", "", "example.com")
    assert request.top_via().branch == "z9hG4bK776"
    assert request.vias() == [request.top_via()]
    assert request.to().uri == SipUri("sip", "1001", "example.com")
    assert (request.from_().display_name, request.from_().tag) == ("Phone", "456248")
    assert request.call_id == "a84b4c76e66710@pc33.example.com"
    assert request.cseq() == CSeq(1826, "REGISTER")
    contacts = request.contacts()
    assert isinstance(contacts, list)
    assert [contact.expires for contact in contacts] == [120, None]
    assert request.expires() == 3600
    assert request.user_agent == "Desk Phone 1.0"
    assert request.supported() == ("path", "outbound")
    assert request.require() == ()
    assert [credentials.username for credentials in request.credentials()] == ["1001"]
    assert request.content_length == 0
    assert request.first("subject") is None
    assert request.lines("expires") == ("3600",)
    assert request.values("supported") == ["path", "Outbound"]
    assert "REGISTER" in repr(request)


def test_decoded_values_are_kept() -> None:
    request = read(REGISTER)
    assert request.to() is request.to()
    assert request.contacts() is request.contacts()
    assert request.credentials() is request.credentials()


def test_user_agents_are_shared() -> None:
    assert read(REGISTER).user_agent is read(bytes(REGISTER)).user_agent


def test_star() -> None:
    data = register((b"<sip:1001@192.0.2.7:5060>;expires=120, <sip:1001@192.0.2.8>", b"*"))
    assert read(data).contacts() is STAR


def test_without_optional_headers() -> None:
    request = read(
        b"REGISTER sip:h SIP/2.0\r\nv: SIP/2.0/UDP h\r\nt: sip:a@h\r\nf: sip:a@h\r\ni: 1\r\n"
        b"CSeq: 1 REGISTER\r\n\r\n"
    )
    assert (request.contacts(), request.credentials(), request.expires()) == ([], [], None)
    assert (request.user_agent, request.content_length) == ("", None)


@pytest.mark.rfc("3261", "7.3.1")
def test_values_over_several_lines() -> None:
    data = register(
        (b"Max-Forwards: 70\r\n", b"v: SIP/2.0/UDP b, SIP/2.0/TCP c\r\nm: <sip:x@y>\r\n"),
        (b"Supported: path, Outbound", b"Supported: path\r\nk: Outbound\r\nRequire: a"),
    )
    request = read(data)
    assert [via.host for via in request.vias()] == ["192.0.2.7", "b", "c"]
    assert request.top_via().host == "192.0.2.7"
    contacts = request.contacts()
    assert isinstance(contacts, list)
    assert len(contacts) == 3
    assert request.supported() == ("path", "outbound")
    assert request.require() == ("a",)


def test_top_via_of_a_list() -> None:
    data = register(
        (b"SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK776;rport", b"SIP/2.0/UDP a , SIP/2.0/UDP b")
    )
    assert read(data).top_via().host == "a"


@pytest.mark.parametrize("via", [b", , ,", b",", b"\x0b,\x0b"])
def test_a_via_of_commas_is_silent(via: bytes) -> None:
    data = register((b"SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK776;rport", via))
    with pytest.raises(Unanswerable):
        parse(data)


def test_values_are_bounded() -> None:
    lines = b"Via: SIP/2.0/UDP a\r\n" * 3 + b"Via: " + b",".join([b"SIP/2.0/UDP b"] * MAX_VALUES)
    request = read(register((b"Max-Forwards: 70", lines)))
    with pytest.raises(ParseError, match="Too many Via values"):
        request.vias()


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_lf_alone_is_tolerated(line_end: bytes) -> None:
    request = read(REGISTER.replace(b"\r\n", line_end))
    assert request.headers == read(REGISTER).headers


@pytest.mark.rfc("3261", "7.5")
def test_line_breaks_before_the_message() -> None:
    assert read(b"\r\n\r\n" + REGISTER).call_id == read(REGISTER).call_id


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\n"])
@pytest.mark.rfc("5626", "4.4.1")
def test_keepalives_are_silent(data: bytes) -> None:
    with pytest.raises(Unanswerable, match="keepalive"):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"hello\r\n\r\n",
        b" \r\n\r\n",
        b"SIP/2.0 200\xff",
        REGISTER.replace(b"Via:", b"Vio:"),
        REGISTER.replace(b"Via: SIP/2.0/UDP 192", b"Via: nonsense 192"),
        REGISTER.replace(b"SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK776;rport", b""),
        b"ACK sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        b"ACK  sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        b"ACK sip:h SIP/3.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
    ],
)
@pytest.mark.rfc("3261", "17.1.1.3", "an ACK is never answered")
def test_silence(data: bytes) -> None:
    with pytest.raises(Unanswerable):
        parse(data)


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        (
            (b"REGISTER sip:example.com SIP/2.0", b"REGISTER sip:example.com SIP/7.0"),
            505,
            "Version",
        ),
        ((b"REGISTER sip:", b"REGISTER  sip:"), 400, "request line"),
        ((b"sip:example.com SIP/2.0\r", b"sip:example.com SIP/2.0 \r"), 400, "request line"),
        (
            (b"REGISTER sip:example.com SIP", b"REGISTER sip:example.com; x SIP"),
            400,
            "request line",
        ),
        ((b"REGISTER sip:example.com SIP", b"REGISTER <sip:example.com> SIP"), 400, "Request-URI"),
        ((b"REGISTER sip:", b"REG{STER sip:"), 400, "method"),
        ((b"1826 REGISTER", b"1826 INVITE"), 400, "CSeq differs"),
        ((b"1826 REGISTER", b"x REGISTER"), 400, "CSeq"),
        ((b"1826 REGISTER", b"2147483648 REGISTER"), 400, "CSeq number"),
        ((b"To:", b"Tu:"), 400, "Missing To"),
        ((b"From:", b"Frum:"), 400, "Missing From"),
        ((b"Call-ID:", b"Cull-ID:"), 400, "Missing Call-ID"),
        ((b"CSeq:", b"CSaq:"), 400, "Missing CSeq"),
        ((b"Call-ID: a84b4c76e66710@pc33.example.com", b"Call-ID:"), 400, "Empty"),
        ((b"Max-Forwards: 70", b"i: other"), 400, "Several Call-ID"),
        ((b"Max-Forwards: 70", b"t: <sip:1002@example.com>"), 400, "Several To"),
        ((b"Max-Forwards: 70", b"f: <sip:1002@example.com>"), 400, "Several From"),
        ((b"Max-Forwards: 70", b"CSeq: 1827 REGISTER"), 400, "Several CSeq"),
        ((b"Max-Forwards: 70", b"l: 1"), 400, "Several Content-Length"),
        ((b"Content-Length: 0", b"Content-Length: -999"), 400, "Content-Length"),
        ((b"Content-Length: 0", b"Content-Length: 1"), 400, "Body shorter"),
        ((b"Content-Length: 0\r\n\r\n", b"Content-Len"), 400, "ends inside"),
        ((b"Max-Forwards: 70", b"x: " + b"y" * MAX_LINE), 513, "line too long"),
        ((b"Max-Forwards: 70\r\n", b"x: y\r\n" * MAX_LINES), 513, "Too Large"),
        ((b"Max-Forwards: 70\r\n", b"x: yyyyyy\r\n" * (MAX_MESSAGE // 10)), 513, "Too Large"),
    ],
)
@pytest.mark.rfc("3261", "8.2")
@pytest.mark.rfc("4475", "3.1.2")
def test_bad_requests(change: tuple[bytes, bytes], status: int, reason: str) -> None:
    error = refused(register(change))
    assert error.status == status
    assert reason in error.reason


@pytest.mark.rfc("3261", "7.3.1", "one value where one is allowed")
def test_the_same_value_twice_is_tolerated() -> None:
    assert read(register((b"Max-Forwards: 70", b"CSeq: 1826 REGISTER"))).cseq().number == 1826


def test_a_body_beyond_the_limit() -> None:
    data = register((b"Content-Length: 0\r\n", b"")) + b"x" * MAX_MESSAGE
    assert refused(data).status == 513


def test_what_could_be_read_is_there_to_answer_from() -> None:
    error = refused(register((b"1826 REGISTER", b"1826 INVITE")))
    assert error.message is not None
    assert error.message.call_id == "a84b4c76e66710@pc33.example.com"
    assert error.message.top_via().host == "192.0.2.7"


@pytest.mark.rfc("3261", "18.3")
@pytest.mark.rfc("4475", "3.1.1.7")
def test_bytes_after_the_body_are_dropped() -> None:
    request = read(register((b"Content-Length: 0", b"Content-Length: 3")) + b"abcdef")
    assert request.body == b"abc"
    assert read(REGISTER + b"INVITE sip:x SIP/2.0\r\n").body == b""
    assert read(register((b"Content-Length: 0\r\n", b"")) + b"abc").body == b"abc"


@pytest.mark.rfc("4475", "3.1.1.1")
def test_a_torturous_invite() -> None:
    data = (
        b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
        b"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
        b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n'
        b"  ;\r\n  tag = 98asjd8\r\n"
        b"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 3\r\n"
        b"cseq: 0009\r\n  INVITE\r\n"
        b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n"
        b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
        b"Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
        b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
        b"  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n"
        b" z9hG4bK30239\r\n"
        b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n'
        b"  secondparam ; q = 0.33\r\n\r\nabc"
    )
    request = read(data)
    assert request.to().tag == "1918181833n"
    assert request.from_().display_name == 'J Rosenberg \\"'
    assert request.cseq() == CSeq(9, "INVITE")
    assert [via.branch for via in request.vias()] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    contacts = request.contacts()
    assert isinstance(contacts, list)
    assert contacts[0].q == 330
    assert request.body == b"abc"


@pytest.mark.rfc("4475", "3.1.1.2")
def test_wide_range_of_characters() -> None:
    uri = (
        b"sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
        b":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"
    )
    data = register(
        (b"REGISTER", b"!interesting-Method0123456789_*+`.%indeed'~"),
        (b"sip:example.com SIP", uri + b" SIP"),
        (b'"Phone"', b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"'),
    )
    request = read(data)
    assert request.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert request.request_uri() is not None
    assert request.from_().display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"


@pytest.mark.rfc("3261", "7.1", "SIP-Version is case-insensitive")
def test_version_in_any_case() -> None:
    assert read(register((b" SIP/2.0\r\nVia", b" sip/2.0\r\nVia"))).method == "REGISTER"


def test_extension_methods() -> None:
    assert read(register((b"REGISTER", b"NEWMETHOD"))).method == "NEWMETHOD"


def test_utf_8_and_latin_1() -> None:
    request = read(register((b'"Phone"', '"Jürgen"'.encode())))
    assert (request.charset, request.from_().display_name) == ("utf-8", "Jürgen")
    request = read(register((b'"Phone"', '"Jürgen"'.encode("latin-1"))))
    assert (request.charset, request.from_().display_name) == ("latin-1", "Jürgen")
    assert '"Jürgen"'.encode("latin-1") in bytes(request)


def test_credentials_of_other_schemes_are_passed_over() -> None:
    data = register(
        (b"Authorization: Digest", b"Authorization: Basic dTpw\r\nProxy-Authorization: Digest")
    )
    assert [credentials.nonce for credentials in read(data).credentials()] == ["84a4"]


def test_malformed_values_are_noticed_when_asked_for() -> None:
    request = read(
        register(
            (b"To: <sip:1001@example.com>", b'To: "x <sip:1001@example.com>'),
            (b"Contact: <sip:1001@192.0.2.7:5060>", b"Contact: <sip:1001@192.0.2.7"),
            (b'username="1001", ', b""),
        )
    )
    for ask in (request.to, request.contacts, request.credentials):
        with pytest.raises(ParseError):
            ask()


RESPONSE = (
    b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
    b"To: <sip:a@h>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
)


def test_a_response() -> None:
    response = parse(RESPONSE)
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (401, "Unauthorized")
    assert response.cseq() == CSeq(1, "REGISTER")
    assert bytes(response) == RESPONSE
    assert "401" in repr(response)


@pytest.mark.rfc("4475", "3.1.1.13")
def test_a_response_without_reason() -> None:
    response = parse(RESPONSE.replace(b"401 Unauthorized", b"100 "))
    assert isinstance(response, Response)
    assert (response.status, response.reason) == (100, "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"401 Unauthorized", b"4294967301 better not break the receiver"),
        (b"401", b"099"),
        (b"401", b"700"),
        (b"SIP/2.0 401", b"SIP/7.0 401"),
        (b"Via", b"Vie"),
        (b"1 REGISTER", b"REGISTER"),
        (b"Content-Length: 0", b"Content-Length: 9"),
        (b"Content-Length: 0", b"Call-ID: 2"),
    ],
)
@pytest.mark.rfc("4475", "3.1.2.19")
def test_broken_responses_are_silent(old: bytes, new: bytes) -> None:
    with pytest.raises(Unanswerable):
        parse(RESPONSE.replace(old, new))


def test_reading_what_was_written() -> None:
    for data in (REGISTER, RESPONSE, register((b"Content-Length: 0", b"l: 3")) + b"abc"):
        message = parse(data)
        again = parse(bytes(message))
        assert type(again) is type(message)
        assert (again.headers, again.body) == (message.headers, message.body)
    assert bytes(parse(REGISTER)) == REGISTER


def exercise(data: bytes) -> None:
    """Read everything there is; only SipError may come of it."""
    message: Request | Response | None
    try:
        message = parse(data)
    except ParseError as error:
        message = error.message
    assert message is not None
    for ask in (
        message.vias,
        message.from_,
        message.to,
        message.cseq,
        message.contacts,
        message.expires,
        message.require,
        message.supported,
        message.credentials,
        getattr(message, "request_uri", message.top_via),
    ):
        with contextlib.suppress(SipError):
            ask()
    assert isinstance(message.user_agent, str)
    assert isinstance(bytes(message), bytes)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, REGISTER[:60] + data, b"REGISTER sip:h SIP/2.0\r\n" + data):
        with contextlib.suppress(SipError):
            exercise(candidate)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(REGISTER)),
            st.integers(0, 6),
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [b'"', b"<", b">", b",", b";", b"\r\n", b"\\", b"\n ", b"=", b"\xff"]
                ),
            ),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_mutated_messages_are_read_or_refused(edits: list[tuple[int, int, bytes]]) -> None:
    data = REGISTER
    for position, removed, inserted in edits:
        data = data[:position] + inserted + data[position + removed :]
    with contextlib.suppress(SipError):
        exercise(data)
