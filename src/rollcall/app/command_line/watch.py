"""`rollcall registrations --watch`: the live table.

Once a second the newest state is fetched and the whole screen written over the old one, on
the terminal's alternate screen: nothing scrolls, nothing flickers, and what was there before
comes back at the end. When the server does not answer, the last state stays and says so.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rollcall.app.command_line.failure import CommandError, NotReachableError
from rollcall.app.command_line.keyboard import Keyboard
from rollcall.app.command_line.registration_words import COLUMNS
from rollcall.app.command_line.rest import PAGE, Api, Item, Query
from rollcall.app.command_line.screen import MARKS, out
from rollcall.app.command_line.table import draw, lay_out

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

PERIOD = 1.0
"""Seconds between two looks."""

FRAME_LINES = 6
"""Title, two blank lines, the table's header and rule, and the line at the foot."""

COUNTED = tuple(MARKS)


@dataclass(slots=True)
class View:
    """What is on the screen."""

    where: str
    rows: list[Item] = field(default_factory=list)
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    offset: int = 0
    """Rows scrolled past."""
    taken_at: float = 0.0
    """Unix seconds of the state shown; 0 before the first."""
    trouble: str = ""
    """Why the state is old; empty while it is new."""
    filtered: bool = False


def watch_registrations(api: Api, query: Query) -> None:
    """Show the table until the user ends it. Raises `CommandError` for a refused filter."""
    from rich.live import Live

    console = out()
    view = View(
        where=api.where, filtered=any(value for name, value in query.items() if name != "sort")
    )
    look(api, query, view, _room(console), time.time())
    try:
        with (
            Live(console=console, screen=True, auto_refresh=False) as live,
            Keyboard() as keyboard,
        ):
            next_look = time.monotonic() + PERIOD
            while True:
                live.update(frame(view, console, time.time()), refresh=True)
                key = keyboard.wait(next_look - time.monotonic())
                if key == "quit":
                    return
                scroll(view, key, _room(console))
                if time.monotonic() >= next_look or view.offset + _room(console) > len(view.rows):
                    look(api, query, view, _room(console), time.time())
                    next_look = max(next_look + PERIOD, time.monotonic() + PERIOD / 2)
    except KeyboardInterrupt:
        return


def look(api: Api, query: Query, view: View, room: int, now: float) -> None:
    """Fetch the newest state into `view`; keep the old one when nobody answers.

    `room`: rows that fit; `now`: Unix seconds. The first time, trouble is raised.
    """
    try:
        wanted = min(PAGE, view.offset + room + room)
        page = api.page("/registrations", {**query, "limit": wanted})
        view.counts = api.get("/registrations/counts")
    except NotReachableError as error:
        if not view.taken_at:
            raise
        view.trouble = str(error)
        return
    except CommandError as error:
        if not view.taken_at:
            raise
        view.trouble = str(error)
        return
    view.rows = page.items
    view.total = page.total if page.total is not None else len(page.items)
    view.taken_at = now
    view.trouble = ""


def scroll(view: View, key: str, room: int) -> None:
    """Move the window over the rows."""
    step = {"up": -1, "down": 1, "page up": -room, "page down": room, "home": -view.offset}
    last = max(0, min(view.total, PAGE) - room)
    view.offset = max(0, min(last, view.offset + step.get(key, 0)))


def frame(view: View, console: "Console", now: float) -> "RenderableType":
    """The whole screen."""
    from rich.console import Group
    from rich.text import Text

    width, room = console.width, _room(console)
    rows = view.rows[view.offset : view.offset + room]
    parts: list[RenderableType] = [_heading(view, width, now), Text()]
    if view.rows:
        layout = lay_out(COLUMNS, rows or view.rows[:1], width)
        parts.append(draw(layout))
    elif view.filtered:
        parts.append(Text("Nothing matches these filters; what does will appear here.", "quiet"))
    else:
        parts.append(Text("No phones yet. Add one with: rollcall phone add 1001", "quiet"))
    body = Group(*parts)
    used = len(console.render_lines(body, pad=False))
    filler = Text("\n" * max(0, console.height - used - 2))
    return Group(body, filler, _foot(view, room, width, now))


def _room(console: "Console") -> int:
    """Rows of the table that fit on the screen."""
    return max(1, console.height - FRAME_LINES)


def _heading(view: View, width: int, now: float) -> "Text":
    """The counts, with words where there is room; trouble on the right."""
    from rich.text import Text

    right = Text(f"no answer for {int(now - view.taken_at)}s" if view.trouble else "", "bad")
    counts = {status: f"{MARKS[status]} {view.counts.get(status, 0):,}" for status in COUNTED}
    labels = sum(len(count) + len(status) + 1 for status, count in counts.items())
    gap = next((gap for gap in (4, 3, 2) if labels + gap * 3 + right.cell_len <= width), 0)
    line = Text(no_wrap=True, overflow="crop")
    for status, count in counts.items():
        line.append(count, style=status)
        line.append(f" {status}{' ' * gap}" if gap else "  ", style="quiet")
    line.truncate(max(0, width - right.cell_len))
    line.pad_right(max(0, width - line.cell_len - right.cell_len))
    line.append_text(right)
    return line


def _foot(view: View, room: int, width: int, now: float) -> "Text":
    """Where one is in the list, the time, and the keys."""
    from rich.text import Text

    shown = min(room, max(0, len(view.rows) - view.offset))
    clock = datetime.fromtimestamp(now, UTC).astimezone().strftime("%H:%M:%S")
    keys = "↑ ↓ space scroll   q quit" if view.total > room else "q quit"
    right = f"{clock}   {keys}"
    left = f"{view.offset + 1}–{view.offset + shown} of {view.total:,}" if shown else ""
    line = Text(view.trouble or left, "bad" if view.trouble else "quiet", no_wrap=True)
    line.overflow = "crop"
    line.truncate(max(0, width - len(right) - 2), overflow="ellipsis")
    line.pad_right(max(1, width - line.cell_len - len(right)))
    line.append(right, style="quiet")
    return line
