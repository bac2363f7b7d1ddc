import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import ParseError, SipError
from rollcall.sip.name_address import NameAddress, parse_name_address
from rollcall.sip.uri import SipUri, TelUri

ADDRESS = SipUri("sip", "a", "h")


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ("<sip:a@h>", "", None),
        ("<sip:a@h>;tag=1x", "", "1x"),
        ("sip:a@h;tag=2", "", "2"),
        ('"A, B" <sip:a@h> ; tag = 3', "A, B", "3"),
        (r'"A \"q\" \\" <sip:a@h>;tag=', 'A "q" \\', ""),
        ("Alice Smith <sip:a@h>", "Alice Smith", None),
        ("caller<sip:a@h>;tag=4", "caller", "4"),
        ("Bell, Alexander <sip:a@h>", "Bell, Alexander", None),
        ('"Watson, Thomas" < sip:a@h >', "Watson, Thomas", None),
        ("Jérôme <sip:a@h>", "Jérôme", None),
        ('"<sip:x@y>" <sip:a@h>', "<sip:x@y>", None),
    ],
)
@pytest.mark.rfc("3261", "25.1", "name-addr")
def test_parse(text: str, name: str, tag: str | None) -> None:
    value = parse_name_address(text)
    assert (value.display_name, value.uri, value.tag) == (name, ADDRESS, tag)
    assert parse_name_address(str(value)) == value


@pytest.mark.rfc("3261", "20", "addr-spec parameters belong to the header")
def test_parameters_inside_brackets_belong_to_the_uri() -> None:
    value = parse_name_address("<sip:a@h;tag=uri>;tag=header")
    assert value.tag == "header"
    assert value.uri == SipUri("sip", "a", "h", params=(("tag", "uri"),))
    assert parse_name_address("<sip:a@h;tag=uri>").tag is None


def test_tel() -> None:
    assert parse_name_address("<tel:+1201>;tag=1").uri == TelUri("+1201")


@pytest.mark.parametrize(
    "text",
    ["", "<", "<sip:a@h", '"a <sip:a@h>', '"a" sip:a@h', "sip:a@h?x=y", 'a"b" <sip:a@h>', "<>"],
)
@pytest.mark.rfc("4475", "3.1.2.6")
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_name_address(text)
    assert caught.value.status == 400


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_any_name_survives(name: str) -> None:
    value = NameAddress(name, ADDRESS, (("tag", "1"),))
    assert parse_name_address(str(value)) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"<{text}>", f"<sip:a@h>{text}"):
        with contextlib.suppress(SipError):
            parse_name_address(candidate)


@pytest.mark.parametrize("text", ["<sip:1001@Example.COM>", "<sips:a@b>", "<sip:7@192.0.2.1>"])
def test_plain_address_is_read_as_the_long_way_does(text: str) -> None:
    spaced = parse_name_address(f" {text[:-1]} >")
    assert parse_name_address(text) == spaced
