"""Tables for other programs."""

from typing import Any

import pytest

from rollcall.api.export import csv_pieces, json_pieces, safe_cell, xlsx_pieces


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (5, "5"),
        ("1001", "1001"),
        ("+4930123", "+4930123"),
        ("-5.5", "-5.5"),
        ("=1+1", "'=1+1"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "\ufffd=1"),
        ("\x01=1", "\ufffd=1"),
        ("\n=1", "'\n=1"),
        ("\uff1dA1", "'\uff1dA1"),
        ("Phone\x1b[2J\x9b1m\u202e", "Phone\ufffd[2J\ufffd1m\ufffd"),
        (["=a", "b"], "'=a, b"),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_empty_tables_have_a_header() -> None:
    nothing: list[list[dict[str, Any]]] = []
    assert b"".join(csv_pieces(["a", "b"], nothing)) == b"a,b\r\n"
    assert b"".join(json_pieces(nothing)) == b"[]\n"
    assert b"".join(xlsx_pieces(["a"], [])).startswith(b"PK")


@pytest.mark.parametrize("text", ["=1+1", "\x01=1", "a\x1b[2Jb", "\u202eb", "-2+3", "\uff1d1"])
def test_a_file_has_the_safe_cells(text: str) -> None:
    assert b"".join(csv_pieces(["a"], [[{"a": text}]])).decode() == f"a\r\n{safe_cell(text)}\r\n"


def test_pieces_follow_the_chunks() -> None:
    rows: list[list[dict[str, Any]]] = [[{"a": 1}], [{"a": 'x,"y"'}]]
    assert list(csv_pieces(["a"], rows))[1] == b'"x,""y"""\r\n'
    assert b"".join(json_pieces(rows)) == b'[\n{"a":1},\n{"a":"x,\\"y\\""}\n]\n'


def test_a_sheet_takes_what_xml_does_not() -> None:
    assert b"".join(xlsx_pieces(["a"], [[{"a": "x\x00y"}]])).startswith(b"PK")
