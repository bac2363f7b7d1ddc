"""Tables for other programs, made piece by piece: CSV, JSON, XLSX.

A cell that a spreadsheet would take for a formula is preceded by an apostrophe: numbers,
User-Agents and contacts come from strangers (CWE-1236). What would command a terminal is replaced.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from rollcall.api.spreadsheet import Workbook
from rollcall.model.printed_text import without_commands

Rows = Iterable[Sequence[dict[str, Any]]]
"""Rows in chunks."""

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_STARTS = frozenset("=+-@\t\n\uff1d\uff0b\uff0d\uff20")
_NUMBERS = frozenset({int, float})
_HARMLESS = re.compile(r"[+-]?[0-9.]*", re.ASCII)
_NOT_IN_XML = re.compile("[\ufffe\uffff]")  # and controls, which no cell has


def safe_cell(value: object) -> str:
    """Text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return safe_cell(", ".join(str(part) for part in value))
    text = without_commands(str(value))
    if text[:1] in _STARTS and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def csv_pieces(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A CSV file with a header line (RFC 4180), in UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    pick = _picker(columns)
    for chunk in rows:
        writer.writerows(map(_csv_row, map(pick, chunk)))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def json_pieces(rows: Rows) -> Iterator[bytes]:
    """One JSON array, an object a line."""
    separator = b"[\n"
    for chunk in rows:
        if chunk:
            yield separator + b",\n".join(map(msgspec.json.encode, chunk))
            separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def xlsx_pieces(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An Excel workbook, see `rollcall.api.spreadsheet`."""
    book = Workbook("registrations", columns)
    pick = _picker(columns)
    for chunk in rows:
        yield book.add(map(_xlsx_row, map(pick, chunk)))
    yield book.end()


def _picker(columns: Sequence[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    if len(columns) == 1:  # itemgetter gives a tuple for several only
        (column,) = columns
        return lambda row: (row[column],)
    return itemgetter(*columns)


def _csv_row(row: tuple[Any, ...]) -> list[Any]:
    """Make cells; most values need nothing: the writer itself makes text of numbers and None."""
    return [
        value
        if value is None
        or type(value) in _NUMBERS
        or (type(value) is str and value[:1] not in _STARTS and value.isprintable())
        else safe_cell(value)
        for value in row
    ]


def _xlsx_row(row: tuple[Any, ...]) -> list[str | int | float]:
    return [
        value if type(value) in _NUMBERS else _NOT_IN_XML.sub("", safe_cell(value)) for value in row
    ]
