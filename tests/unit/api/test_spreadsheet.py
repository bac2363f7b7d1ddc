"""`rollcall.api.spreadsheet`: what a reader of workbooks makes of it."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]  # ships no types

from rollcall.api import spreadsheet
from rollcall.api.spreadsheet import CELL_LENGTH, Cell, Workbook


def written(columns: Sequence[str], *parts: Sequence[Sequence[Cell]]) -> bytes:
    book = Workbook("phones", columns)
    return b"".join([*(book.add(part) for part in parts), book.end()])


def read(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(data))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_rows_come_back_as_they_were() -> None:
    rows: list[tuple[Cell, ...]] = [("1001", 7, 0.5), ("", -3, ' a<b>&"c" \u00e9\U0001f4de ')]
    assert read(written(["number", "count", "note"], rows[:1], rows[1:])) == {
        "phones": [("number", "count", "note"), rows[0], (None, *rows[1][1:])]
    }


def test_a_table_without_rows_has_its_header() -> None:
    assert read(written(["a", "b"])) == {"phones": [("a", "b")]}


def test_many_columns_have_their_letters() -> None:
    columns = [f"c{number}" for number in range(800)]
    assert read(written(columns, [list(range(800))]))["phones"] == [
        tuple(columns),
        tuple(range(800)),
    ]


@pytest.mark.parametrize(("limit", "value"), [("SHEET_ROWS", 3), ("SHEET_BYTES", 200)])
def test_what_does_not_fit_goes_to_another_sheet(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(spreadsheet, limit, value)
    sheets = read(written(["n"], [[1], [2]], [[3], [4], [5]]))
    assert list(sheets)[:2] == ["phones", "phones2"]
    assert all(rows[0] == ("n",) for rows in sheets.values())
    assert [row[0] for rows in sheets.values() for row in rows[1:]] == [1, 2, 3, 4, 5]


def test_a_cell_is_no_longer_than_a_reader_takes() -> None:
    assert read(written(["n"], [["x" * 40_000]]))["phones"][1] == ("x" * CELL_LENGTH,)


def test_the_archive_is_whole_and_begins_before_it_ends() -> None:
    book = Workbook("phones", ["n"])
    first = book.add([[str(number) * 50] for number in range(5_000)])
    assert len(first) > 1_000
    with zipfile.ZipFile(io.BytesIO(first + book.end())) as archive:
        assert archive.testzip() is None
