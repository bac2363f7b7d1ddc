"""One way to print every list: a table for people, `--json` and `--csv` for programs."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from rollcall.app.command_line.rest import Api, Item, Page, Query
from rollcall.app.command_line.screen import out, tell
from rollcall.app.command_line.spreadsheet import csv_lines
from rollcall.app.command_line.table import Column, draw, lay_out, plain
from rollcall.model.printed_text import escape_commands

SHOWN_AT_ONCE = 100
"""Rows of a table unless `--limit` says otherwise: what somebody can look at."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The options every listing takes."""

    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header line.")] = False

    def __post_init__(self) -> None:
        if self.json and self.csv:
            raise typer.BadParameter("use one of --json and --csv")

    @property
    def for_programs(self) -> bool:
        """Whether no person reads it."""
        return self.json or self.csv


@dataclass(frozen=True, slots=True)
class Listing:
    """What is particular about one list."""

    path: str
    columns: Sequence[Column]
    fields: Sequence[str]
    """Columns of the CSV, by their names in the API."""
    noun: str
    """`phone`, for "3 phones"; made plural with an s."""
    when_empty: str
    """What to do next when there is nothing at all."""
    when_no_match: str = "Nothing matches these filters."


def print_listing(
    api: Api, listing: Listing, query: Query, shape: Shape, limit: int | None = None
) -> None:
    """Print a list in the shape asked for. `limit` rows; 0: all; None: what suits the shape."""
    if limit is None:
        limit = 0 if shape.for_programs else SHOWN_AT_ONCE
    pages = api.pages(listing.path, query, limit)
    if shape.json:
        _print_json(pages)
    elif shape.csv:
        sys.stdout.writelines(csv_lines(listing.fields, _items(pages)))
    else:
        _print_table(listing, list(pages), filtered=any(query.values()))


def print_item(item: Item) -> None:
    """Print one object as a JSON document."""
    sys.stdout.write(json_text(item, indent=2) + "\n")


def print_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one a line; those without a value are left out."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_column(style="quiet", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            grid.add_row(name, Text(plain(str(value))))
    out().print(grid)


def json_text(item: Item, indent: int | None = None) -> str:
    """One object as JSON that may be shown on a terminal."""
    text = json.dumps(item, indent=indent, ensure_ascii=False)
    return "\n".join(map(escape_commands, text.split("\n")))


def _items(pages: Iterable[Page]) -> Iterator[Item]:
    for page in pages:
        yield from page.items


def _print_json(pages: Iterator[Page]) -> None:
    """`{"items": [...], "total": N}` written row by row: a long list needs no memory."""
    write = sys.stdout.write
    write('{"items": [')
    count = 0
    total: int | None = None
    for page in pages:
        total = page.total
        for item in page.items:
            write(",\n " if count else "\n ")
            write(json_text(item))
            count += 1
    write(f'\n], "total": {count if total is None else total}}}\n')


def _print_table(listing: Listing, pages: Sequence[Page], *, filtered: bool) -> None:
    rows = [item for page in pages for item in page.items]
    if not rows:
        tell(listing.when_no_match if filtered else listing.when_empty)
        return
    console = out()
    layout = lay_out(listing.columns, rows, console.width)
    console.print(draw(layout))
    said = [shown_of(len(rows), pages[-1].total, listing.noun)]
    if layout.hidden:
        said.append("not shown at this width: " + ", ".join(layout.hidden).lower())
    if sys.stderr.isatty():
        tell("\n" + " · ".join(said), style="quiet")


def shown_of(shown: int, total: int | None, noun: str) -> str:
    """`3 phones`, or `100 of 12,345 phones, --limit 0 shows all`."""
    if total is None or total <= shown:
        return counted(shown, noun)
    return f"{shown:,} of {counted(total, noun)}, --limit 0 shows all"


def counted(number: int, noun: str) -> str:
    """`1 phone`, `2,000 phones`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
