"""The live table: what is on the screen, and what moves it."""

import io
import time
from collections.abc import Iterator
from typing import Self

import httpx
import pytest
from rich.console import Console
from rich.theme import Theme

from doubles.rest_server import RestServer, registration
from rollcall.app.command_line import watch
from rollcall.app.command_line.failure import NotReachableError, RefusedError
from rollcall.app.command_line.rest import Item
from rollcall.app.command_line.screen import STYLES
from rollcall.app.command_line.watch import View, frame, look, scroll, watch_registrations

NOW = 1_795_410_000.0
COUNTS = {"registered": 11_802, "expiring": 210, "unreachable": 33, "unregistered": 300}


def console(width: int = 100, height: int = 20, *, terminal: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=height,
        theme=Theme(STYLES),
        force_terminal=terminal,
    )


def view(rows: int = 3, total: int | None = None) -> View:
    items: list[Item] = [registration(str(1001 + each)) for each in range(rows)]
    return View("server", items, rows if total is None else total, COUNTS, taken_at=NOW)


def printed(shown: View, width: int = 100, height: int = 20, now: float = NOW) -> list[str]:
    target = console(width, height)
    target.print(frame(shown, target, now), end="")
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 50), (40, 10), (20, 8), (300, 80)])
@pytest.mark.parametrize("rows", [0, 1, 200])
def test_the_frame_fills_the_screen_exactly(width: int, height: int, rows: int) -> None:
    lines = printed(view(rows), width, height)
    assert len(lines) == height
    assert all(len(line) <= width for line in lines if width >= 40)


def test_counts_are_on_top() -> None:
    top = printed(view())[0]
    assert "● 11,802 registered" in top
    assert "◐ 210 expiring" in top
    assert "✕ 33 unreachable" in top
    assert "○ 300 unregistered" in top


def test_at_80_columns_counts_have_words_and_the_time_is_there() -> None:
    lines = printed(view(), width=80)
    assert "unregistered" in lines[0]
    assert lines[-1].split()[3].count(":") == 2


def test_rows_come_in_order_and_the_foot_says_where() -> None:
    lines = printed(view(200, total=5000), height=16)
    assert [line.split()[0] for line in lines[4:14]] == [str(1001 + each) for each in range(10)]
    assert lines[-1].startswith("1–10 of 5,000")
    assert lines[-1].rstrip().endswith("q quit")


def test_scrolling_stays_within_the_list() -> None:
    shown = view(200)
    scroll(shown, "down", 10)
    assert shown.offset == 1
    scroll(shown, "page down", 10)
    assert shown.offset == 11
    assert printed(shown, height=16)[4].startswith("1012")
    scroll(shown, "up", 10)
    scroll(shown, "page up", 10)
    scroll(shown, "page up", 10)
    assert shown.offset == 0
    for _ in range(100):
        scroll(shown, "page down", 10)
    assert shown.offset == 190
    scroll(shown, "home", 10)
    assert shown.offset == 0


def test_a_shorter_list_moves_the_window_back() -> None:
    shown = view(200)
    shown.offset = 150
    shown.total = 12
    scroll(shown, "", 10)
    assert shown.offset == 2


def test_an_empty_screen_says_what_to_do() -> None:
    assert any("rollcall phone add 1001" in line for line in printed(view(0)))
    filtered = view(0)
    filtered.filtered = True
    assert any("what does will appear here" in line for line in printed(filtered))


def test_looking_asks_for_what_fits_and_the_counts(rest: RestServer) -> None:
    rest.on_list("/registrations", [registration()], total=77)
    rest.on("GET", "/registrations/counts", COUNTS)
    shown = View("server")
    look(rest.api(), {"account": "acme"}, shown, 20, NOW)
    assert (shown.total, shown.counts, shown.taken_at) == (77, COUNTS, NOW)
    assert dict(rest.requests[0].url.params) == {"account": "acme", "limit": "40"}


def test_a_server_that_is_gone_leaves_the_last_state(rest: RestServer) -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    rest.answers["GET", "/registrations"] = gone
    shown = view()
    look(rest.api(), {}, shown, 20, NOW + 5)
    assert len(shown.rows) == 3
    lines = printed(shown, now=NOW + 7)
    assert "no answer for 7s" in lines[0]
    assert "does not answer" in lines[-1]


def test_the_first_look_must_succeed(rest: RestServer) -> None:
    rest.refuse("GET", "/registrations", 422, "sort: no such field")
    with pytest.raises(RefusedError, match="no such field"):
        look(rest.api(), {}, View("server"), 20, NOW)
    rest.answers["GET", "/registrations"] = lambda _: (_ for _ in ()).throw(
        httpx.ConnectError("refused")
    )
    with pytest.raises(NotReachableError):
        look(rest.api(), {}, View("server"), 20, NOW)


class Keys:
    """A keyboard whose keys are typed already."""

    def __init__(self, *keys: str) -> None:
        self._keys: Iterator[str] = iter(keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def wait(self, _: float) -> str:
        key = next(self._keys)
        if key == "ctrl-c":
            raise KeyboardInterrupt
        return key


@pytest.mark.parametrize("last", ["quit", "ctrl-c"])
def test_it_runs_until_it_is_ended(
    rest: RestServer, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    rest.on_list("/registrations", [registration()])
    rest.on("GET", "/registrations/counts", COUNTS)
    moments = iter(range(1000, 2000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moments)))
    target = console(terminal=True)
    monkeypatch.setattr(watch, "out", lambda: target)
    monkeypatch.setattr(watch, "Keyboard", lambda: Keys("", "resize", "down", last))
    watch_registrations(rest.api(), {})
    assert isinstance(target.file, io.StringIO)
    assert "1001" in target.file.getvalue()
    lists = [one for one in rest.requests if one.url.path.endswith("/registrations")]
    assert len(lists) == 4
