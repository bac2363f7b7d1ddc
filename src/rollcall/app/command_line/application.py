"""All commands joined, and how each of them ends.

Exit status: 0 done; 1 refused, not found or not possible, with one line on standard error;
2 wrong usage. Nothing heavy is imported here: each command imports what it needs.
"""

import sys
from typing import NoReturn

import typer
from typer.core import TyperGroup

from rollcall.app.command_line import (
    accounts,
    backups,
    events,
    parameters,
    phones,
    registrations,
    serve,
    unregister,
    version,
)
from rollcall.app.command_line.arguments import Where, remember_where, spread_where
from rollcall.app.command_line.failure import CommandError
from rollcall.app.places import DataDirError
from rollcall.storage.errors import StorageError

DONE, FAILED, INTERRUPTED = 0, 1, 130
"""130: 128 and SIGINT, as shells count."""

ORDER = (
    "serve",
    "phone",
    "account",
    "registrations",
    "unregister",
    "events",
    "failures",
    "param",
    "backup",
    "restore",
    "check",
    "version",
)
"""As the help lists them: what one does first comes first."""


class InOrder(TyperGroup):
    """A group whose help keeps our order; typer puts groups behind commands."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own subclass of the context
        """The names, in `ORDER`; a test sees that none is missing."""
        del ctx
        return [name for name in ORDER if name in self.commands]


app = typer.Typer(
    name="rollcall",
    cls=InOrder,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
@spread_where
def root(context: typer.Context, where: Where) -> None:
    """A SIP registrar: answers the phones, keeps who is reachable where."""
    remember_where(context, where)


app.command("serve")(serve.serve)
app.add_typer(phones.app, name="phone")
app.add_typer(accounts.app, name="account")
app.add_typer(registrations.app, name="registrations")
app.command("unregister")(unregister.unregister)
app.command("events")(events.events)
app.command("failures")(events.failures)
app.add_typer(parameters.app, name="param")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("check")(backups.check)
app.command("version")(version.version)


def main() -> NoReturn:
    """Run the command the arguments name, and exit."""
    try:
        app()
    except (CommandError, DataDirError, StorageError) as error:
        _complain(str(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(DONE)


def _complain(message: str) -> None:
    """One line on standard error, red where somebody sees it."""
    start, end = ("\x1b[31m", "\x1b[0m") if sys.stderr.isatty() else ("", "")
    sys.stderr.write(f"{start}rollcall: {' '.join(message.split())}{end}\n")
