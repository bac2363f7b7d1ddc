"""The terminal: colours, widths, and where words for people go.

Tables and documents go to standard output, everything said about them to standard error.
"""

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from rollcall.model.printed_text import without_commands

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WHEN_PIPED = 400
"""Columns when no terminal limits them: every column is shown, nothing is cut."""

STYLES = {
    "registered": "green",
    "expiring": "yellow",
    "unreachable": "bold red",
    "unregistered": "bright_black",
    "title": "bold",
    "quiet": "bright_black",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "accent": "cyan",
}

MARKS = {"registered": "●", "expiring": "◐", "unreachable": "✕", "unregistered": "○"}
"""Shapes beside the colours: for those who see none, and for terminals without any."""


@cache
def out() -> "Console":
    """Standard output."""
    return _console(stderr=False)


@cache
def err() -> "Console":
    """Standard error."""
    return _console(stderr=True)


def is_terminal() -> bool:
    """Whether standard output is looked at by somebody."""
    return sys.stdout.isatty()


def tell(message: str, style: str = "") -> None:
    """Say one line about what was done, on standard error."""
    err().print(
        without_commands(message), style=style, markup=False, highlight=False, soft_wrap=True
    )


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console
    from rich.theme import Theme

    stream = sys.stderr if stderr else sys.stdout
    width = None
    if not stream.isatty() and "COLUMNS" not in os.environ:
        width = WIDTH_WHEN_PIPED
    return Console(
        stderr=stderr, theme=Theme(STYLES), width=width, highlight=False, emoji=False, markup=False
    )
