"""Tables for other programs, made piece by piece: CSV, JSON, XLSX.

A cell that a spreadsheet would take for a formula is preceded by an apostrophe: numbers,
User-Agents and contacts come from strangers (CWE-1236).
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

Rows = Iterable[Sequence[dict[str, Any]]]
"""Rows in chunks."""

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

SHEET_ROWS = 1_000_000
"""Rows of one sheet; Excel's limit is 1,048,576."""

_FORMULA = re.compile(r"[=+\-@\t\r]")
_HARMLESS = re.compile(r"[+-]?[0-9.]*", re.ASCII)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def safe_cell(value: object) -> str:
    """Text of a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return safe_cell(", ".join(str(part) for part in value))
    text = str(value)
    if _FORMULA.match(text) and not _HARMLESS.fullmatch(text):
        return f"'{text}"
    return text


def csv_pieces(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A CSV file with a header line (RFC 4180), in UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for chunk in rows:
        writer.writerows([safe_cell(row.get(column)) for column in columns] for row in chunk)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def json_pieces(rows: Rows) -> Iterator[bytes]:
    """One JSON array, an object a line."""
    separator = b"[\n"
    for chunk in rows:
        for row in chunk:
            yield separator + msgspec.json.encode(row)
            separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def xlsx_pieces(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An Excel workbook. It is gathered in a temporary file: its index stands at its end."""
    # slow to import, rarely used; ships no types
    from openpyxl import Workbook  # type: ignore[import-untyped]

    workbook = Workbook(write_only=True)
    sheet = None
    written = 0
    for chunk in rows:
        for row in chunk:
            if sheet is None or written % SHEET_ROWS == 0:
                sheet = workbook.create_sheet("registrations")
                sheet.append(list(columns))
            sheet.append([_xlsx_cell(row.get(column)) for column in columns])
            written += 1
        yield b""  # lets the server see whether the client is still there
    if sheet is None:
        workbook.create_sheet("registrations").append(list(columns))
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        file.seek(0)
        while piece := file.read(256 * 1024):
            yield piece


def _xlsx_cell(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _NOT_IN_XML.sub("", safe_cell(value))
