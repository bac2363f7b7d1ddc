import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import ParseError
from rollcall.sip.grammar import MAX_MEMBERS, MAX_VALUES, is_token, quote, split_values, unquote


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        (" , ,", []),
        ("a", ["a"]),
        ("a , b,c", ["a", "b", "c"]),
        ('"x, y" <sip:a@b>, <sip:c,d@e>', ['"x, y" <sip:a@b>', "<sip:c,d@e>"]),
        (r'"a\", b" <sip:c@d>,e', [r'"a\", b" <sip:c@d>', "e"]),
        ("sip:a@b;x=1, sip:c@d", ["sip:a@b;x=1", "sip:c@d"]),
    ],
)
@pytest.mark.rfc("3261", "7.3.1")
def test_split_values(text: str, values: list[str]) -> None:
    assert split_values(text) == values


@pytest.mark.parametrize("text", ['"a, b', "<sip:a, b", 'a, "b'])
def test_split_values_refuses_what_is_left_open(text: str) -> None:
    with pytest.raises(ParseError, match="400 Unclosed"):
        split_values(text)


def test_split_values_is_bounded() -> None:
    assert len(split_values(",".join(["a"] * MAX_VALUES))) == MAX_VALUES
    with pytest.raises(ParseError, match="Too many"):
        split_values(",".join(["a"] * (MAX_VALUES + 1)))
    assert split_values('"a"' + "," * MAX_MEMBERS) == ['"a"']
    with pytest.raises(ParseError, match="Too many"):
        split_values('"a"' + "," * (MAX_MEMBERS + 1))


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_what_is_quoted_can_be_unquoted(text: str) -> None:
    assert unquote(quote(text)) == text


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1, max_size=20))
def test_quoted_values_are_never_torn(texts: list[str]) -> None:
    quoted = [quote(text) for text in texts]
    assert split_values(",".join(quoted)) == quoted


def test_quote_cannot_start_a_header() -> None:
    assert quote("a\r\nContact: b") == '"a  Contact: b"'


@given(st.lists(st.sampled_from(["a", "\\\\", '\\"', "\\a"])))
def test_escapes_are_resolved_from_the_left(pieces: list[str]) -> None:
    assert unquote(f'"{"".join(pieces)}"') == "".join([piece[-1] for piece in pieces])


@pytest.mark.parametrize("text", ["a", '"', '"a', 'a"', ""])
def test_unquote_leaves_other_text(text: str) -> None:
    assert unquote(text) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("REGISTER", True), ("a b", False), ("", False), ("é", False)]
)
def test_is_token(text: str, expected: bool) -> None:
    assert is_token(text) is expected
