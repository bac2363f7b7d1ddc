"""The command line: `rollcall`. It speaks REST, to a server or to the same API in-process."""

from rollcall.app.command_line.application import main

__all__ = ["main"]
