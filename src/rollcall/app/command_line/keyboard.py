"""Single keys from the terminal, without waiting for Enter."""

import contextlib
import os
import re
import select
import signal
import socket
import sys
import termios
import tty
from types import FrameType
from typing import Self

KEYS = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
    b"\x1b[H": "home",
    b"\x1b[1~": "home",
    b"k": "up",
    b"j": "down",
    b" ": "page down",
    b"g": "home",
    b"q": "quit",
    b"Q": "quit",
    b"\x1b": "quit",
    b"\x03": "quit",
    b"\x04": "quit",
}
"""What terminals send (xterm, "PC-Style Function Keys"), and the letters pagers use."""

_FIRST_KEY = re.compile(rb"\x1b[\[O][0-9;]*[A-Za-z~]|.", re.DOTALL)
"""One key: a control sequence (ECMA-48 section 5.4; SS3 in application mode), or a byte."""

LONGEST = 64
"""Bytes read at once; keys held down come in bunches."""


class Keyboard:
    """The terminal in single-key mode; also wakes when the window changes its size."""

    def __init__(self) -> None:
        self._file = sys.stdin.fileno() if sys.stdin.isatty() else -1
        self._saved: list[object] | None = None
        self._wake, self._waker = socket.socketpair()
        self._handler: object = None

    def __enter__(self) -> Self:
        if self._file >= 0:
            self._saved = termios.tcgetattr(self._file)
            tty.setcbreak(self._file)
        self._waker.setblocking(False)
        self._handler = signal.signal(signal.SIGWINCH, self._resized)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGWINCH, self._handler or signal.SIG_DFL)  # type: ignore[arg-type]  # what signal() gave
        if self._saved is not None:
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._saved)  # type: ignore[arg-type]  # what tcgetattr gave
        self._wake.close()
        self._waker.close()

    def wait(self, seconds: float) -> str:
        """The next key's name; `resize`; or empty after `seconds` or for an unknown key."""
        sources: list[int] = [self._wake.fileno()]
        if self._file >= 0:
            sources.append(self._file)
        ready, _, _ = select.select(sources, [], [], max(0.0, seconds))
        if self._file in ready:
            typed = os.read(self._file, LONGEST)
            first = _FIRST_KEY.match(typed)
            if first is None:
                return "quit"  # the terminal is gone
            return KEYS.get(first.group().replace(b"\x1bO", b"\x1b["), "")
        if ready:
            self._wake.recv(LONGEST)
            return "resize"
        return ""

    def _resized(self, _signal: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(BlockingIOError):
            self._waker.send(b"\0")
