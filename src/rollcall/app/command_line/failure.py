"""What ends a command early.

    CommandError            exit 1, one line on standard error
    +-- NotReachableError   nobody answers where the command was sent
    +-- RefusedError        the server answered, and said no
        +-- NotFoundError   ... because there is no such thing

Wrong usage is not here: that is `typer.BadParameter`, exit 2.
"""

from collections.abc import Mapping
from typing import Any


class CommandError(Exception):
    """The command could not do what was asked; its text is the one line the user reads."""


class NotReachableError(CommandError):
    """No server, or none that speaks to us."""


class RefusedError(CommandError):
    """The server refused. `status` is the HTTP status, `problem` its problem document."""

    def __init__(self, message: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem


class NotFoundError(RefusedError):
    """There is no such phone, registration, account..."""
