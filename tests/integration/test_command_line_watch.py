"""`rollcall registrations --watch` on a real (pseudo) terminal, against a real server."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from harness.device import Device, Line
from harness.server import ROLLCALL, Server

LIMIT = 20.0
"""Seconds to wait for what must appear; it takes one, the rest is for a busy machine."""

HOME = "\x1b[H"
CLEAR = "\x1b[2J"
TO_OTHER_SCREEN, BACK = "\x1b[?1049h", "\x1b[?1049l"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"

_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _take_terminal() -> None:
    """Make standard input the controlling terminal, so that ctrl-c and resizing are signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A program on a terminal of its own, and all that it has written."""

    def __init__(self, words: list[str], environment: dict[str, str], columns: int, lines: int):
        self.outer, inner = pty.openpty()
        self._size(inner, columns, lines)
        self.before = termios.tcgetattr(inner)
        self.process = subprocess.Popen(
            words,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  no threads here, and no other way
        )
        self.inner = inner
        self.written = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def resize(self, columns: int, lines: int) -> None:
        """As if somebody pulled at the window; the kernel tells the program."""
        self._size(self.inner, columns, lines)

    @staticmethod
    def _size(terminal: int, columns: int, lines: int) -> None:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.outer, keys.encode())

    @property
    def screen(self) -> list[str]:
        """Lines of the last frame that is complete, for another follows it; no colours."""
        frames = self.written.split(HOME)
        if len(frames) < 2:
            return []
        return _SEQUENCE.sub("", frames[-2]).replace("\r", "").split("\n")

    def wait_until(self, wanted: Callable[[list[str]], bool]) -> None:
        """Read until the screen is as wanted."""
        deadline = time.monotonic() + LIMIT
        while not wanted(self.screen):
            assert time.monotonic() < deadline, self.screen
            self._read(0.1)

    def wait_for(self, text: str) -> None:
        """Read until the screen shows `text`."""
        self.wait_until(lambda screen: any(text in line for line in screen))

    def wait_for_end(self) -> int:
        """The exit status."""
        deadline = time.monotonic() + LIMIT
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            self._read(0.1)
        self._read(0)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        while select.select([self.outer], [], [], seconds)[0]:
            self.written += self._decoder.decode(os.read(self.outer, 65_536))
            seconds = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.inner)
        os.close(self.outer)


@pytest.fixture
def watching(server: Server) -> Iterator[Terminal]:
    server.rollcall("phone", "add", "1001", "--password", "hush")
    words = [ROLLCALL, "registrations", "--watch"]
    with Terminal(words, server.environment, columns=100, lines=24) as terminal:
        yield terminal


def registered(server: Server) -> Line:
    line = Line(Device("1001", "hush", (server.host, server.sip_port), user_agent="baresip v1.0.0"))
    assert line.register().status == 200
    return line


def test_what_happens_is_seen_and_the_terminal_comes_back(
    server: Server, watching: Terminal
) -> None:
    watching.wait_for("○ unregistered")
    with registered(server) as line:
        watching.wait_for("● registered")
        watching.wait_for("● 1 registered")
        watching.wait_for("baresip v1.0.0")
        assert len(watching.screen) == 24
        watching.resize(60, 12)
        watching.wait_until(lambda screen: len(screen) == 12 and max(map(len, screen)) <= 60)
        line.register(expires=0)
        watching.wait_for("signed off")
    watching.type("q")
    assert watching.wait_for_end() == 0
    written = watching.written
    assert written.index(TO_OTHER_SCREEN) < written.index(HIDE_CURSOR)
    assert written.rindex(BACK) > written.rindex(HOME)
    assert written.rindex(SHOW_CURSOR) > written.rindex(HIDE_CURSOR)
    assert written.count(CLEAR) <= 1, "clearing the screen between frames flickers"
    assert termios.tcgetattr(watching.inner) == watching.before


@pytest.mark.parametrize("key", ["\x03", "\x1b"])
def test_ctrl_c_and_escape_end_it_too(watching: Terminal, key: str) -> None:
    watching.wait_for("1001")
    watching.type(key)
    assert watching.wait_for_end() == 0
    assert BACK in watching.written
    assert "Traceback" not in watching.written


def test_a_server_that_restarts_is_waited_for(server: Server, watching: Terminal) -> None:
    watching.wait_for("1001")
    server.stop()
    watching.wait_for("no answer for")
    assert any("1001" in line for line in watching.screen), "the last state stays"
    server.start()
    watching.wait_until(lambda screen: not any("no answer" in line for line in screen))
    watching.type("q")
    assert watching.wait_for_end() == 0


def test_the_terminal_is_not_needed_for_listings(server: Server, folder: Path) -> None:
    result = server.run("registrations", "--watch")
    assert result.returncode == 2
    assert "needs a terminal" in result.stderr
