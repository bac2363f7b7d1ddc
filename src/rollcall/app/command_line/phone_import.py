"""Send a CSV of phones and report on every row of it."""

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.app.command_line.failure import CommandError, RefusedError
from rollcall.app.command_line.listing import Shape, counted, print_item
from rollcall.app.command_line.rest import Api, Item
from rollcall.app.command_line.screen import err, out, tell
from rollcall.app.command_line.spreadsheet import csv_lines
from rollcall.app.command_line.table import Column, draw, lay_out

FIELDS = ("line", "number", "result", "password", "error")

ROWS_SHOWN = 20
"""Wrong rows that are printed one by one; a file with more has one fault in every row."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is taken."""

    update: Annotated[bool, typer.Option("--update", help="Change phones that exist already.")] = (
        False
    )
    create_accounts: Annotated[
        bool, typer.Option("--create-accounts", help="Add accounts that do not exist.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False

    def query(self) -> dict[str, str | int | None]:
        """As the API's query string."""
        given = {
            "update": self.update,
            "create_accounts": self.create_accounts,
            "dry_run": self.dry_run,
        }
        return {name: "true" for name, value in given.items() if value}


def import_file(api: Api, file: Path, options: ImportOptions, shape: Shape) -> None:
    """Import and report. Raises `CommandError` when the file was refused, after the report."""
    content = _read(file)
    try:
        with err().status(f"importing {file}") if sys.stderr.isatty() else nullcontext():
            report = api.post_file("/phones/import", content, "text/csv", options.query())
    except RefusedError as error:
        rows = error.problem.get("rows")
        if not rows:
            raise
        wrong = [row for row in rows if row.get("error")]
        _print_report(error.problem, wrong, shape)
        raise CommandError(
            f"nothing was imported: {counted(len(wrong), 'row')} of {file} to correct"
        ) from None
    wrong = [row for row in report["rows"] if row.get("error")]
    made = [row for row in report["rows"] if row.get("password")]
    if shape.for_programs:
        _print_report(report, report["rows"], shape)
    elif wrong or made:
        _print_report(report, wrong or made, shape, most=len(made) or ROWS_SHOWN)
    if wrong:
        raise CommandError(f"{counted(len(wrong), 'row')} of {file} to correct")
    _say(report, len(made))


def _say(report: Item, made: int) -> None:
    """The sum of it."""
    if report.get("dry_run"):
        tell(f"{counted(len(report['rows']), 'row')} could be imported.", style="good")
        return
    tell(
        f"{counted(report['added'], 'phone')} added"
        + (f", {report['updated']:,} updated." if report["updated"] else "."),
        style="good",
    )
    if made:
        tell(f"{counted(made, 'password')} made; not shown again.", style="quiet")


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from error


def _print_report(report: Item, rows: list[Any], shape: Shape, most: int = ROWS_SHOWN) -> None:
    if shape.json:
        print_item(report)
    elif shape.csv:
        sys.stdout.writelines(csv_lines(FIELDS, rows))
    else:
        console = out()
        console.print(draw(lay_out(COLUMNS, rows[:most], console.width)))
        if len(rows) > most:
            tell(f"... and {len(rows) - most:,} more", style="quiet")


COLUMNS = (
    Column("Line", lambda row: str(row.get("line") or ""), right=True),
    Column("Number", lambda row: str(row.get("number") or "")),
    Column("Password", lambda row: str(row.get("password") or ""), optional=True),
    Column("What is wrong", lambda row: str(row.get("error") or ""), optional=True, cut_to=20),
)
