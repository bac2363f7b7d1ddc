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


def test_pieces_follow_the_chunks() -> None:
    rows: list[list[dict[str, Any]]] = [[{"a": 1}], [{"a": 'x,"y"'}]]
    assert list(csv_pieces(["a"], rows))[1] == b'"x,""y"""\r\n'
    assert b"".join(json_pieces(rows)) == b'[\n{"a":1},\n{"a":"x,\\"y\\""}\n]\n'


def test_a_sheet_takes_what_xml_does_not() -> None:
    assert b"".join(xlsx_pieces(["a"], [[{"a": "x\x00y"}]])).startswith(b"PK")
