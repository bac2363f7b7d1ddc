"""Passwords from where nobody else can read them."""

import sys

import typer

FROM_INPUT = "-"
"""Given as a password: read it from standard input, or ask for it on a terminal. Other users
of the machine can see a command's arguments, but not its input."""


def given_password(password: str | None) -> str | None:
    """The password itself. Raises `typer.BadParameter` when there is none to read."""
    if password != FROM_INPUT:
        return password
    if sys.stdin.isatty():
        import getpass

        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Again: "):
            raise typer.BadParameter("the two passwords differ")
    else:
        first = sys.stdin.readline().rstrip("\r\n")
    if not first:
        raise typer.BadParameter("no password was given on standard input")
    return first
