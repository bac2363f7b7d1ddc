"""`rollcall backup`, `restore`, `check`: keeping the data safe.

A backup is sent by the API, so it may be made from afar. Restoring and checking work on the
data directory itself: the one needs that no server runs, the other must also work when the
database is too damaged for one.
"""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rollcall.app.command_line.arguments import Where, command
from rollcall.app.command_line.failure import CommandError
from rollcall.app.command_line.listing import print_item
from rollcall.app.command_line.rest import Api
from rollcall.app.command_line.screen import err, out, tell
from rollcall.app.command_line.table import plain

if TYPE_CHECKING:
    from rollcall.storage.inspection import Finding

PRIVATE = 0o600
"""A backup holds the keys of the passwords: for its owner's eyes only."""

DataDirOption = Annotated[
    Path | None,
    typer.Option(help="The data directory. Default: ROLLCALL_DATA_DIR, ./data"),
]


@command
def backup(
    api: Api,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The tar archive to write.")],
) -> None:
    """Write everything into one file, also while the server runs.

    It holds phones, registrations, history and the keys of the passwords: keep it like a key.
    """
    from rollcall.app.command_line.download import save

    save(api, "/backup", {}, file, mode=PRIVATE)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What backup has written.")],
    data_dir: DataDirOption = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Put what is in the directory aside, into a folder in it."),
    ] = False,
) -> None:
    """Put a backup into an empty data directory; no server may run on it."""
    from rollcall.app.data_lock import DataLock
    from rollcall.app.places import Places
    from rollcall.storage.backup import read_manifest, restore_backup

    places = Places(_data_dir(context, data_dir))
    try:
        read_manifest(file)  # before a directory is made for nothing
        places.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with DataLock.take(places, "rollcall restore"):
            manifest = restore_backup(file, places.data_dir, force=force)
    except OSError as error:
        raise CommandError(f"cannot restore into {places.data_dir}: {error}") from error
    made = datetime.fromtimestamp(manifest.made_at, UTC).astimezone()
    tell(
        f"{places.data_dir} is as it was on {made:%Y-%m-%d %H:%M:%S}, by rollcall"
        f" {manifest.version}.",
        style="good",
    )


def check(
    context: typer.Context,
    data_dir: DataDirOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check database, journal and keys; exit 1 when something is wrong."""
    from rollcall.app.places import Places
    from rollcall.storage.inspection import inspect

    places = Places(_data_dir(context, data_dir))
    if not places.database.exists():
        raise CommandError(f"{places.data_dir} holds no data to check; name it with --data-dir")
    with err().status(f"checking {places.data_dir}") if sys.stderr.isatty() else nullcontext():
        findings = inspect(places.data_dir)
    wrong = [finding for finding in findings if not finding.passed]
    if as_json:
        items = [{"check": one.check, "ok": one.passed, "text": one.text} for one in findings]
        print_item({"ok": not wrong, "items": items})
    else:
        for finding in findings:
            _print_finding(finding)
    if wrong:
        names = ", ".join(finding.check for finding in wrong)
        raise CommandError(f"something is wrong with: {names}")


def _print_finding(finding: "Finding") -> None:
    from rich.text import Text

    line = Text("✓ " if finding.passed else "✕ ", style="good" if finding.passed else "bad")
    line.append(f"{finding.check:<10}", style="title")
    line.append(plain(finding.text))
    out().print(line, soft_wrap=True)


def _data_dir(context: typer.Context, option: Path | None) -> Path:
    from rollcall.app.places import find_data_dir

    if option is None and isinstance(context.obj, Where):
        option = context.obj.data_dir
    return find_data_dir(option)
