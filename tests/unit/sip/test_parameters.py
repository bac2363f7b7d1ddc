import pytest

from rollcall.sip.errors import ParseError
from rollcall.sip.parameters import (
    MAX_PARAMETERS,
    Parameters,
    parameter,
    parse_parameters,
    split_parameters,
    write_parameters,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        (";a", (("a", None),)),
        (" ; a = 1 ;;B=x;", (("a", "1"), ("b", "x"))),
        (';a="x;y=1";b', (("a", '"x;y=1"'), ("b", None))),
        (r';a="\";c";b', (("a", r'"\";c"'), ("b", None))),
        (";Expires=5;TAG=aB", (("expires", "5"), ("tag", "aB"))),
    ],
)
def test_parse_parameters(text: str, expected: Parameters) -> None:
    assert parse_parameters(text) == expected
    assert parse_parameters(write_parameters(expected)) == expected


@pytest.mark.parametrize("text", [';a="x', r';a="\"', "x;a", ';a="x;b"c"'])
def test_malformed_parameters(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_parameters(text)
    assert caught.value.status == 400


def test_parameters_are_bounded() -> None:
    assert len(parse_parameters(";a" * MAX_PARAMETERS)) == MAX_PARAMETERS
    with pytest.raises(ParseError, match="Too many parameters"):
        parse_parameters(";a" * (MAX_PARAMETERS + 1))


def test_parameter_tells_absent_from_empty() -> None:
    given = (("a", None), ("b", "1"), ("b", "2"))
    assert parameter(given, "a") == ""
    assert parameter(given, "b") == "1"
    assert parameter(given, "c") is None


def test_quotes_with_escapes_are_kept_whole() -> None:
    assert split_parameters(r';a="x\";y" ; b;') == [r'a="x\";y" ', " b", ""]
    assert split_parameters("") == []
