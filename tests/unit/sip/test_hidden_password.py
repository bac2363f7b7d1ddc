"""No password of a URI is shown."""

import pytest

from rollcall.sip.hidden_password import hide_password


@pytest.mark.rfc("3261", "19.1.1", "password")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<sip:1011:pw@192.0.2.1:5060>", "<sip:1011:***@192.0.2.1:5060>"),
        ("SIPS:1011:p:w@h;transport=tcp", "SIPS:1011:***@h;transport=tcp"),
        ('"A" <sip:1:pw@h>;q=1, <sip:2:pw@h>', '"A" <sip:1:***@h>;q=1, <sip:2:***@h>'),
        ("<sip::pw@h>", "<sip::***@h>"),
        ("<sip:1:@h>", "<sip:1:***@h>"),
        ("<sip:1:my p@w@h>", "<sip:1:***@h>"),
        ("Contact was <sip:1;x=y:pw@h>", "Contact was <sip:1;x=y:***@h>"),
    ],
)
def test_passwords_are_hidden(text: str, shown: str) -> None:
    assert hide_password(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<sip:1011@192.0.2.1:5060>",
        '<sip:1011@[2001:db8::1]:5060>;+sip.instance="<urn:uuid:1>"',
        "sip:192.0.2.1:5060",
        "<sip:192.0.2.1:5060>, <sip:1@h>",
        "tel:+123",
        "*",
        "",
    ],
)
def test_the_rest_stays_as_it_is(text: str) -> None:
    assert hide_password(text) == text


@pytest.mark.parametrize(
    "text", [":" * 60_000 + "@<" + ":" * 60_000, "@:a" * 30_000, ": " * 60_000]
)
def test_hostile_text_takes_no_longer_than_other_text(text: str) -> None:
    hide_password(text)  # with quadratic time it would be minutes
