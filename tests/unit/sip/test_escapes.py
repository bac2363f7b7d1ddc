import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.escapes import USER_PLAIN, normalise, unescape


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("a%20b", "a b"), ("%C3%A9", "é"), ("%e9", "é"), ("100%", "100%")],
)
def test_unescape(text: str, expected: str) -> None:
    assert unescape(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001", "1001"),
        ("%31%30", "10"),
        ("%61%7e", "a~"),
        ("%2b1", "%2B1"),
        ("null-%00-null", "null-%00-null"),
        ("é", "%C3%A9"),
        ("50%", "50%25"),
        ('a "b"', "a%20%22b%22"),
        ("%%41", "%25A"),
    ],
)
@pytest.mark.rfc("3261", "19.1.2")
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_normalise_with_more_plain_characters() -> None:
    assert normalise("%2B1%3b%40", USER_PLAIN) == "+1;%40"


@given(st.text())
def test_normalise_is_settled_after_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once.isascii()
