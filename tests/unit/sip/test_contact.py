import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.contact import (
    MALFORMED_EXPIRES,
    MAX_EXPIRES,
    STAR,
    Contact,
    parse_contact,
    parse_contacts,
    parse_expires,
)
from rollcall.sip.errors import ParseError, SipError
from rollcall.sip.grammar import split_values
from rollcall.sip.uri import OtherUri, SipUri

INSTANCE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'


@pytest.mark.parametrize(
    ("text", "kept", "expires"),
    [
        ("<sip:a@h>", "<sip:a@h>", None),
        ("<sip:a@h>;expires=60", "<sip:a@h>", 60),
        ("<sip:a@h>;q=0.5;expires=60;x=1", "<sip:a@h>;q=0.5;x=1", 60),
        ("<sip:a@h;expires=5>;x", "<sip:a@h;expires=5>;x", None),
        ("sip:a@h;expires=60", "sip:a@h", 60),
        ("sip:a@h ; Expires = 60 ; q=1", "sip:a@h ; q=1", 60),
        ('"B, \\"x\\"" <sip:a@h>;expires="60"', '"B, \\"x\\"" <sip:a@h>', 60),
        (
            f"<sip:a@h>;expires=7;+sip.instance={INSTANCE};reg-id=1",
            f"<sip:a@h>;+sip.instance={INSTANCE};reg-id=1",
            7,
        ),
        ("<sip:a@h>;expires=1;expires=2", "<sip:a@h>", 2),
        ("<sip:a@h>;EXPIRES=1;expires=2", "<sip:a@h>", 2),
        ("<sip:a@h>;xexpires=1;expires=2", "<sip:a@h>;xexpires=1", 2),
        ("<sip:a@h>;x=;expires=9;y", "<sip:a@h>;x=;y", 9),
    ],
)
@pytest.mark.rfc("3261", "20.10")
def test_text_is_what_was_written_without_expires(
    text: str, kept: str, expires: int | None
) -> None:
    contact = parse_contact(text)
    assert contact.text == kept
    assert contact.expires == expires
    again = parse_contact(f"{contact.text};expires=5")
    assert (again.text, again.expires, again.uri) == (kept, 5, contact.uri)


def test_parameters() -> None:
    contact = parse_contact(f"<sip:a@h>;q=0.25;+sip.instance={INSTANCE};reg-id=2")
    assert contact.q == 250
    assert contact.instance_id == "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
    assert contact.reg_id == 2
    assert contact.uri == SipUri("sip", "a", "h")


def test_a_bare_address_has_no_uri_parameters() -> None:
    contact = parse_contact("sip:a@h;transport=tcp")
    assert contact.uri == SipUri("sip", "a", "h")
    assert contact.params == (("transport", "tcp"),)


@pytest.mark.parametrize(
    ("text", "q"), [("0", 0), ("1", 1000), ("1.000", 1000), ("0.7", 700), (".5", 500), ("0.", 0)]
)
def test_q(text: str, q: int) -> None:
    assert parse_contact(f"<sip:a@h>;q={text}").q == q


@pytest.mark.parametrize("text", ["", "2", "1.1", "-1", "0.1234", "high", "1.001", "."])
@pytest.mark.rfc("3261", "20.10", "qvalue")
def test_malformed_q(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_contact(f"<sip:a@h>;q={text}")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("3600", 3600),
        ("4294967295", MAX_EXPIRES),
        ("4294967296", MAX_EXPIRES),
        ("1" * 400, MAX_EXPIRES),
        ("", MALFORMED_EXPIRES),
        ("-1", MALFORMED_EXPIRES),
        ("1.5", MALFORMED_EXPIRES),
        ("soon", MALFORMED_EXPIRES),
        ("٣", MALFORMED_EXPIRES),
    ],
)
@pytest.mark.rfc("3261", "20.19")
def test_expires(text: str, seconds: int) -> None:
    assert parse_expires(text) == seconds
    assert parse_contact(f"<sip:a@h>;expires={text}").expires == seconds


@pytest.mark.parametrize(("text", "reg_id"), [("0", 0), ("x", 0), ("-1", 0), ("9" * 30, 0)])
def test_malformed_reg_id_counts_as_none(text: str, reg_id: int) -> None:
    assert parse_contact(f"<sip:a@h>;reg-id={text}").reg_id == reg_id


@pytest.mark.parametrize(
    "text", ["", "<sip:a@h", "<>", "sip:a@h?Route=%3Csip:x%3E", '"x <sip:a@h>', "<sip:a@h>x;y"]
)
@pytest.mark.rfc("4475", "3.1.2.13")
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_contact(text)
    assert caught.value.status == 400


def test_other_schemes_are_contacts_too() -> None:
    assert parse_contact("<mailto:watson@bell.example>;q=0.1").uri == OtherUri(
        "mailto", "watson@bell.example"
    )


def test_star() -> None:
    assert parse_contacts(["*"]) is STAR
    assert str(STAR) == "*"
    assert parse_contacts([]) == []


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_stands_alone() -> None:
    with pytest.raises(ParseError) as caught:
        parse_contacts(["*", "<sip:a@h>"])
    assert caught.value.status == 400


def test_written_with_its_expires() -> None:
    assert str(parse_contact("<sip:a@h>;expires=9;q=1")) == "<sip:a@h>;q=1;expires=9"
    assert str(parse_contact("<sip:a@h>;q=1")) == "<sip:a@h>;q=1"


names = st.text(st.characters(exclude_characters='\r\n"\\', exclude_categories=["Cs"]))


@given(names, st.one_of(st.none(), st.integers(0, MAX_EXPIRES)), st.integers(0, 1000))
def test_reading_what_was_written(name: str, expires: int | None, q: int) -> None:
    text = f'"{name}" <sip:a@h:5060;ob>;q={q / 1000:.3f}'
    contact = parse_contact(text if expires is None else f"{text};expires={expires}")
    assert contact.q == q
    again = parse_contact(str(contact))
    assert (again.text, again.uri, again.expires, again.q) == (text, contact.uri, expires, q)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"<sip:a@h>;{text}", f"<sip:a@h>;expires=1;{text};expires=2"):
        try:
            contact = parse_contact(candidate)
            values = split_values(contact.text)
            assert "expires" not in dict(parse_contact(contact.text).params)
            assert len(values) >= 1
        except SipError:
            continue
        assert isinstance(contact, Contact)
