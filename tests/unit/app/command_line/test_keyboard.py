"""Single keys from a real (pseudo) terminal."""

import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from rollcall.app.command_line.keyboard import Keyboard


class Terminal:
    """Both ends of a pseudo terminal; the inner one pretends to be standard input."""

    def __init__(self) -> None:
        self.outer, self.inner = pty.openpty()

    def fileno(self) -> int:
        return self.inner

    def isatty(self) -> bool:
        return True

    def type(self, keys: bytes) -> None:
        os.write(self.outer, keys)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdin", terminal)
    yield terminal
    os.close(terminal.outer)
    os.close(terminal.inner)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (b"q", "quit"),
        (b"\x1b", "quit"),
        (b"\x1b[A", "up"),
        (b"\x1b[B", "down"),
        (b"\x1bOB", "down"),
        (b"j", "down"),
        (b" ", "page down"),
        (b"\x1b[5~", "page up"),
        (b"\x1b[B\x1b[B\x1b[B", "down"),
        (b"x", ""),
        (b"\x1b[15~", ""),
    ],
)
def test_keys_are_named_without_enter(terminal: Terminal, typed: bytes, key: str) -> None:
    with Keyboard() as keyboard:
        terminal.type(typed)
        assert keyboard.wait(10) == key


def test_nothing_typed_is_nothing(terminal: Terminal) -> None:
    with Keyboard() as keyboard:
        assert keyboard.wait(0) == ""
        assert keyboard.wait(-1) == ""


def test_a_new_window_size_wakes(terminal: Terminal) -> None:
    with Keyboard() as keyboard:
        os.kill(os.getpid(), signal.SIGWINCH)
        assert keyboard.wait(10) == "resize"


def test_the_terminal_is_as_before_afterwards(terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.inner)
    handler = signal.getsignal(signal.SIGWINCH)
    with Keyboard():
        assert termios.tcgetattr(terminal.inner) != before
    assert termios.tcgetattr(terminal.inner) == before
    assert signal.getsignal(signal.SIGWINCH) == handler


def test_a_terminal_that_is_gone_ends_it(terminal: Terminal) -> None:
    with Keyboard() as keyboard:
        terminal.type(b"\x04")
        assert keyboard.wait(10) == "quit"
