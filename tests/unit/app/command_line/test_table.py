"""Tables that fit: which columns stay, and how wide."""

import io

from rich.console import Console

from rollcall.app.command_line.table import Column, draw, lay_out, plain

COLUMNS = (
    Column("Phone", lambda row: str(row["phone"])),
    Column("Dear", lambda row: str(row["dear"]), rank=1, cut_to=6),
    Column("Cheap", lambda row: str(row["cheap"]), rank=2),
    Column("Rare", lambda row: str(row.get("rare", "")), rank=3, optional=True),
)
ROWS = [{"phone": "1001", "dear": "d" * 20, "cheap": "c" * 10}]


def printed(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(draw(lay_out(COLUMNS, ROWS, width)))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def test_everything_is_shown_where_there_is_room() -> None:
    layout = lay_out(COLUMNS, ROWS, 100)
    assert [(one.column.title, one.width) for one in layout.placed] == [
        ("Phone", 5),
        ("Dear", 20),
        ("Cheap", 10),
    ]
    assert layout.hidden == []


def test_columns_are_cut_before_any_is_dropped() -> None:
    layout = lay_out(COLUMNS, ROWS, 30)
    assert [(one.column.title, one.width) for one in layout.placed] == [
        ("Phone", 5),
        ("Dear", 11),
        ("Cheap", 10),
    ]


def test_the_highest_rank_is_dropped_first_and_named() -> None:
    layout = lay_out(COLUMNS, ROWS, 20)
    assert [one.column.title for one in layout.placed] == ["Phone", "Dear"]
    assert layout.hidden == ["Cheap"]


def test_rank_0_always_stays() -> None:
    assert [one.column.title for one in lay_out(COLUMNS, ROWS, 3).placed] == ["Phone"]


def test_optional_columns_appear_with_their_first_value() -> None:
    rows = [*ROWS, {**ROWS[0], "rare": "x"}]
    assert [one.column.title for one in lay_out(COLUMNS, rows, 100).placed][-1] == "Rare"


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in range(8, 60):
        assert all(len(line) <= width for line in printed(width)), width


def test_rows_are_one_line_each() -> None:
    assert len(printed(30)) == 3
    assert "…" in printed(30)[2]


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert plain("a\x1b[31mb\x07\x9bc\nd") == "a\ufffd[31mb\ufffd\ufffdc\ufffdd"


def test_markup_of_devices_is_plain_text() -> None:
    rows = [{"phone": "1001", "dear": "[bold]x[/]", "cheap": ""}]
    console = Console(file=io.StringIO(), width=80)
    console.print(draw(lay_out(COLUMNS, rows, 80)))
    assert isinstance(console.file, io.StringIO)
    assert "[bold]x[/]" in console.file.getvalue()
