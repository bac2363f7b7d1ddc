"""Tables that fit: columns are dropped or cut by rank, never folded.

`lay_out` measures the cells, keeps the columns that matter most for as long as there is
room, and gives what is left to those that were cut. What was dropped is named, so that
nobody wonders where it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollcall.app.command_line.rest import Item

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

GAP = 2
"""Blank columns between two columns of a table."""

Cell = Callable[[Item], "Text | str"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its cells read, and how dear it is when the terminal is narrow."""

    title: str
    cell: Cell
    rank: int = 0
    """The highest is dropped first; 0 stays always."""
    right: bool = False
    """Numbers and durations are aligned to the right."""
    steady: int = 0
    """Width it has at least, so that a table redrawn every second does not jump."""
    cut_to: int = 0
    """Width down to which it may be cut (with an ellipsis); 0: never."""
    optional: bool = False
    """Left out when no row has anything in it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that is shown, with its width and its cells."""

    column: Column
    width: int
    cells: "list[Text]"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown, and the titles of what would not fit."""

    placed: list[Placed]
    hidden: list[str]


def lay_out(columns: Sequence[Column], rows: Sequence[Item], width: int) -> Layout:
    """Choose columns and their widths for a terminal of `width` columns."""
    measured = _measure(columns, rows)
    least = {placed.column.title: _least(placed) for placed in measured}
    shown: set[str] = set()
    room = width + GAP
    for placed in sorted(measured, key=lambda one: one.column.rank):
        needed = least[placed.column.title] + GAP
        if needed <= room or placed.column.rank == 0:
            shown.add(placed.column.title)
            room -= needed
        else:
            break  # nothing less dear takes the place of what had none
    kept: list[Placed] = []
    for placed in measured:
        title = placed.column.title
        if title in shown:
            more = max(0, min(placed.width - least[title], room))
            room -= more
            kept.append(Placed(placed.column, least[title] + more, placed.cells))
    hidden = [placed.column.title for placed in measured if placed.column.title not in shown]
    return Layout(kept, hidden)


def draw(layout: Layout) -> "RenderableType":
    """The table: a quiet header, a rule, and the rows."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None, pad_edge=False, padding=(0, GAP, 0, 0), collapse_padding=False, show_header=False
    )
    for placed in layout.placed:
        justify = "right" if placed.column.right else "left"
        table.add_column(
            width=placed.width,
            no_wrap=True,
            overflow="ellipsis",
            justify=justify,  # type: ignore[arg-type]  # a literal, lost in the variable
        )
    table.add_row(*[Text(placed.column.title, style="title") for placed in layout.placed])
    table.add_row(*[Text("─" * placed.width, style="quiet") for placed in layout.placed])
    for cells in zip(*[placed.cells for placed in layout.placed], strict=True):
        table.add_row(*cells)
    return table


def _measure(columns: Sequence[Column], rows: Sequence[Item]) -> list[Placed]:
    """Every column that says something, at its natural width."""
    from rich.text import Text

    measured = []
    for column in columns:
        cells = []
        for row in rows:
            cell = column.cell(row)
            cells.append(Text(plain(cell)) if isinstance(cell, str) else cell)
        if column.optional and not any(cell.plain for cell in cells):
            continue
        natural = max([column.steady, len(column.title), *[cell.cell_len for cell in cells]])
        measured.append(Placed(column, natural, cells))
    return measured


def _least(placed: Placed) -> int:
    """The width a column is content with."""
    if not placed.column.cut_to:
        return placed.width
    return min(placed.width, max(placed.column.cut_to, len(placed.column.title)))


def plain(text: str) -> str:
    """Text from a device without anything a terminal would obey (escape sequences, C1)."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
