import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import ParseError, SipError
from rollcall.sip.uri import (
    MAX_URI,
    OtherUri,
    SipUri,
    TelUri,
    canonical_aor,
    parse_any_uri,
    parse_uri,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:1001@example.com", SipUri("sip", "1001", "example.com")),
        ("SIPS:Alice@Example.COM:5061", SipUri("sips", "Alice", "example.com", 5061)),
        ("sip:example.com", SipUri("sip", "", "example.com")),
        ("sip:a:b@h", SipUri("sip", "a", "h", password="b")),
        ("sip:a:@h", SipUri("sip", "a", "h", password="")),
        (
            "sip:a@[2001:DB8::0:1]:5070;transport=TCP;lr",
            SipUri("sip", "a", "2001:db8::1", 5070, (("transport", "TCP"), ("lr", None))),
        ),
        ("sip:a@h?Subject=x&b=c", SipUri("sip", "a", "h", headers="Subject=x&b=c")),
        ("sip:a_b@my_host", SipUri("sip", "a_b", "my_host")),
        ("sip:j%40s0n@h", SipUri("sip", "j%40s0n", "h")),
        (
            "sip:user;par=u%40example.net@example.com",
            SipUri("sip", "user;par=u%40example.net", "example.com"),
        ),
        ("sip:sip%3Auser%40example.com@h", SipUri("sip", "sip%3Auser%40example.com", "h")),
        ("tel:+1-201-555-0123;ext=5", TelUri("+1-201-555-0123", (("ext", "5"),))),
    ],
)
@pytest.mark.rfc("3261", "19.1.1")
def test_parse_uri(text: str, expected: SipUri | TelUri) -> None:
    assert parse_uri(text) == expected
    assert parse_uri(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:@h",
        "sip:a@",
        "sip:a@h:",
        "sip:a@h:123456",
        "sip:a@h:65536",
        "sip:a b@h",
        "sip:a@h;x y",
        "sip:<a@h>",
        "sip:2001:db8::1",
        "sip:a@[2001:db8::1",
        "sip:a@[1:2]",
        "sip:a@b@c",
        "tel:",
        "tel:abcxyz",
        "no scheme",
        "1001",
        "sip:a@" + "h" * MAX_URI,
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri(text)
    assert caught.value.status == 400


@pytest.mark.rfc("3261", "8.2.2.1")
@pytest.mark.rfc("4475", "3.3.2")
def test_unknown_scheme_is_416() -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri("nobodyKnowsThisScheme:totallyopaquecontent")
    assert caught.value.status == 416


def test_other_schemes_can_be_kept() -> None:
    assert parse_any_uri("MailTo:a@b") == OtherUri("mailto", "a@b")
    assert str(parse_any_uri("mailto:a@b")) == "mailto:a@b"


def test_password_keeps_its_place() -> None:
    assert str(parse_uri("sip:a:p@h:5060;lr?x=y")) == "sip:a:p@h:5060;lr?x=y"


def test_param() -> None:
    uri = parse_uri("sip:a@h;transport=ws;ob")
    assert isinstance(uri, SipUri)
    assert (uri.param("transport"), uri.param("ob"), uri.param("lr")) == ("ws", "", None)


@pytest.mark.parametrize(
    ("text", "aor"),
    [
        ("sip:1001@Example.COM:5060;transport=tcp?a=b", "sip:1001@example.com"),
        ("sips:1001@example.com", "sip:1001@example.com"),
        ("sip:1001:secret@example.com", "sip:1001@example.com"),
        ("sip:%31001@example.com", "sip:1001@example.com"),
        ("sip:%2B1555@example.com", "sip:+1555@example.com"),
        ("sip:A@example.com", "sip:A@example.com"),
        ("sip:a@[2001:DB8::1]:5060", "sip:a@[2001:db8::1]"),
        ("sip:example.com", "sip:example.com"),
        ("tel:+1-201-555", "tel:+1201555"),
    ],
)
@pytest.mark.rfc("3261", "10.3", "step 5")
def test_canonical_aor(text: str, aor: str) -> None:
    assert canonical_aor(parse_uri(text)) == aor


@pytest.mark.rfc("4475", "3.1.1.4")
def test_an_escaped_nul_is_part_of_the_name() -> None:
    assert canonical_aor(parse_uri("sip:null-%00-null@h")) == "sip:null-%00-null@h"
    assert canonical_aor(parse_uri("sip:null@h")) != canonical_aor(parse_uri("sip:null%00@h"))


token = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
names = st.text(st.characters(exclude_characters='@:<>"', exclude_categories=["Z", "Cc", "Cs"]))
hosts = st.one_of(
    token, st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda a: f"[{a}]")
)
sip_uris = st.builds(
    lambda scheme, user, host, port, params: (
        f"{scheme}:{user + '@' if user else ''}{host}{port}"
        + "".join(f";{name}={value}" for name, value in params)
    ),
    st.sampled_from(["sip", "sips", "SIP"]),
    names,
    hosts,
    st.one_of(st.just(""), st.integers(0, 65535).map(lambda port: f":{port}")),
    st.lists(st.tuples(token, token), max_size=4),
)


@given(sip_uris)
def test_reading_what_was_written(text: str) -> None:
    uri = parse_uri(text)
    assert parse_uri(str(uri)) == uri


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"sip:{text}", f"tel:{text}"):
        try:
            uri = parse_any_uri(candidate)
        except SipError:
            continue
        assert "\n" not in str(uri)
        assert "\r" not in str(uri)
