"""CSV that a spreadsheet or a terminal shows and does not obey."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rollcall.model.printed_text import without_commands

STARTS_FORMULA = frozenset("=+-@\t\n\uff1d\uff0b\uff0d\uff20")
"""What makes Excel, LibreOffice and Google Sheets compute a cell (OWASP, "CSV Injection"), the
full-width forms too; a carriage return never gets that far."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9][0-9.]*", re.ASCII)


def safe_cell(value: object) -> str:
    """The text of one cell: devices choose their names, and must not choose formulas.

    An apostrophe in front makes a cell text. Numbers with a sign stay as they are, phone
    numbers like +49301234 among them: a formula of digits only computes itself, and the
    file can be imported again.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        text = " ".join(str(part) for part in value)
    elif isinstance(value, Mapping):
        text = " ".join(f"{key}={part}" for key, part in value.items())
    else:
        text = str(value)
    text = without_commands(text)
    if text[:1] in STARTS_FORMULA and text and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_lines(fields: Sequence[str], items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A header line and one line per item, each with its line end (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(fields)
    for item in items:
        yield _taken(buffer)
        writer.writerow([safe_cell(item.get(field)) for field in fields])
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
