"""A CSV file of phones: its text, its rows, and what is wrong in them."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec
from fastapi import Request
from pydantic import ValidationError

from rollcall.api.phone_body import PhoneAddition
from rollcall.api.problems import ProblemError
from rollcall.model.parameter import ParameterError

COLUMNS = ("number", "password", "account", "domain", "auth_mode", "allow")

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes of one file: a million rows of ordinary length."""


class Row(msgspec.Struct):
    """One row: what it asks for or what is wrong with it, and what became of it."""

    line: int
    number: str
    addition: PhoneAddition | None = None
    error: str = ""
    result: str = "ok"
    generated: str = ""


async def read_body(request: Request) -> str:
    """The file as text: the body itself, or the part `file` of a form."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=10) as form:
            part = form.get("file")
            if part is None or isinstance(part, str):
                raise ProblemError(422, "the form has no part 'file'")
            data = await part.read(SIZE_LIMIT + 1)
    else:
        gathered = bytearray()
        async for piece in request.stream():
            gathered += piece
            if len(gathered) > SIZE_LIMIT:
                break
        data = bytes(gathered)
    if len(data) > SIZE_LIMIT:
        raise ProblemError(413, f"a file may have {SIZE_LIMIT // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # what spreadsheets write otherwise


def read_rows(text: str) -> Iterator[Row]:
    """The rows of the file; each with a checked addition or an error."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if "number" not in names:
            raise ProblemError(
                422, f"the first line must name the columns; known: {', '.join(COLUMNS)}"
            )
        for name in names:
            if name not in COLUMNS:
                raise ProblemError(
                    422, f"there is no column '{name[:40]}'; known: {', '.join(COLUMNS)}"
                )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, names, cells)
    except csv.Error as error:
        raise ProblemError(422, f"line {reader.line_num}: {error}") from None


def _row(line: int, names: list[str], cells: list[str]) -> Row:
    values = dict(zip(names, cells, strict=False))
    number = values.get("number", "").strip()[:64]
    if len(cells) > len(names):
        return Row(line, number, error=f"{len(cells)} cells under {len(names)} columns")
    fields: dict[str, Any] = {
        name: values[name].strip()
        for name in ("number", "account", "domain", "auth_mode")
        if name in values
    }
    if values.get("password"):
        fields["password"] = values["password"]
    fields["allow"] = values.get("allow", "").replace(",", " ").replace(";", " ").split()
    try:
        return Row(line, number, addition=PhoneAddition(**fields))
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        where = str(problem["loc"][0]) if problem["loc"] else "row"
        message = str(problem["msg"]).removeprefix("Value error, ")
        return Row(line, number, error=f"{where}: {message}")
    except ParameterError as error:
        return Row(line, number, error=str(error))
