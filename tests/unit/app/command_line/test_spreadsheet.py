"""CSV that a spreadsheet shows and does not run."""

import csv
import io

import pytest

from rollcall.app.command_line.spreadsheet import csv_lines, safe_cell


@pytest.mark.parametrize(
    "formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\n=1", "\uff1d1"]
)
def test_formulas_become_text(formula: str) -> None:
    assert safe_cell(formula) == "'" + formula


@pytest.mark.parametrize("text", ["1001", "+49301234567", "-3", "sip:1@x", "", "a=b"])
def test_what_cannot_run_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("\r=1", "\ufffd=1"),
        ("\0=1", "\ufffd=1"),
        ("Phone\x1b]0;title\x07", "Phone\ufffd]0;title\ufffd"),
        ("\x9b2J", "\ufffd2J"),
        ("a\u202eb", "a\ufffdb"),
    ],
)
def test_terminals_are_not_commanded(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


def test_values_of_the_api_become_text() -> None:
    assert safe_cell(None) == ""
    assert safe_cell(True) == "true"
    assert safe_cell(5060) == "5060"
    assert safe_cell(["10.0.0.0/8", "192.0.2.7:5060"]) == "10.0.0.0/8 192.0.2.7:5060"
    assert safe_cell({"max_bindings": "3"}) == "max_bindings=3"
    assert safe_cell(["=1", "2"]) == "'=1 2"


def test_lines_are_read_back_by_any_reader() -> None:
    items: list[dict[str, object]] = [{"a": 'x "y", z', "b": "line\nbreak"}, {"a": None}]
    text = "".join(csv_lines(("a", "b"), items))
    assert text.count("\r\n") == 3
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b"],
        ['x "y", z', "line\nbreak"],
        ["", ""],
    ]


def test_no_items_are_a_header() -> None:
    assert "".join(csv_lines(("a", "b"), [])) == "a,b\r\n"
