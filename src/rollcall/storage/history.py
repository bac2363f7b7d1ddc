"""Events as rows: history, the last end of each phone, and counts per minute."""

from collections import Counter
from collections.abc import Iterable
from sqlite3 import Cursor

from rollcall.model.event import Event, EventKind
from rollcall.storage.addresses import address_key, number_of
from rollcall.storage.binding_rows import Row

ENDS = frozenset(
    {
        EventKind.EXPIRED.value,
        EventKind.UNREGISTERED.value,
        EventKind.KICKED.value,
        EventKind.REPLACED.value,
        EventKind.REMOVED.value,
        EventKind.CONNECTION_LOST.value,
    }
)
"""Kinds of events that end a binding; each is also the `EndReason` of the same name."""

MAX_AGE = 90 * 86400.0
"""Seconds an event is kept: a quarter of a year answers "since when" for most complaints."""

MAX_EVENTS = 5_000_000
"""Events kept in all: about 1.5 GB, so that a flood cannot fill the disk."""

PRUNE_STEP = 2_000
"""Events removed at a time: some 20 ms, so that nobody waits for it."""

_PUT_EVENT = (
    "INSERT INTO event (at, wall, kind, number, aor, binding_id, contact, source_host,"
    " source_key, source_port, transport, user_agent, call_id, reason, detail, count)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_PUT_END = (
    "INSERT OR REPLACE INTO last_end (number, aor, why, at, wall, contact, source_host,"
    " source_port, user_agent, detail) VALUES (?,?,?,?,?,?,?,?,?,?)"
)
_ADD_RATE = (
    "INSERT INTO rate (minute, kind, count) VALUES (?,?,?)"
    " ON CONFLICT (minute, kind) DO UPDATE SET count = count + excluded.count"
)


class History:
    """Gathers what happened in some groups, then writes it with `store`."""

    def __init__(self) -> None:
        self._events: list[Row] = []
        self._ends: dict[str, Row] = {}
        self._rates: Counter[tuple[int, str]] = Counter()

    def add(self, events: Iterable[Event], wall_minus_now: float) -> None:
        """Take in events; refreshes are counted only."""
        for event in events:
            wall = event.at + wall_minus_now
            self._rates[int(wall // 60), event.kind] += event.count
            if event.kind == EventKind.REFRESHED.value:
                continue
            number = number_of(event.aor)
            self._events.append(_event_row(event, number, wall))
            if event.kind in ENDS:
                self._ends[number] = _end_row(event, number, wall)

    def count_refreshes(self, count: int, wall: float) -> None:
        """Count plain refreshes, which have no events of their own."""
        self._rates[int(wall // 60), EventKind.REFRESHED.value] += count

    def store(self, cursor: Cursor) -> None:
        """Write all of it, in the caller's transaction."""
        if self._events:
            cursor.executemany(_PUT_EVENT, self._events)
        if self._ends:
            cursor.executemany(_PUT_END, self._ends.values())
        if self._rates:
            rates = [(minute, kind, count) for (minute, kind), count in self._rates.items()]
            cursor.executemany(_ADD_RATE, rates)


def prune(
    cursor: Cursor, wall: float, max_age: float = MAX_AGE, max_events: int = MAX_EVENTS
) -> int:
    """Remove some events that are too old or too many, oldest first; gives how many.

    Call it again while it gives `PRUNE_STEP`. `wall`: seconds since 1970.
    """
    bounds = cursor.execute("SELECT min(id), max(id) FROM event").fetchone()
    if bounds[0] is None:
        return 0
    first, last = bounds
    step = first + PRUNE_STEP  # ids have no gaps worth mentioning
    old = cursor.execute(
        "SELECT max(id) FROM event WHERE id < ? AND wall < ?", (step, wall - max_age)
    ).fetchone()[0]
    until = max(old or 0, min(last - max_events, step - 1))
    if until < first:
        return 0
    cursor.execute("DELETE FROM event WHERE id <= ?", (until,))
    cursor.execute("DELETE FROM rate WHERE minute < ?", (int((wall - max_age) // 60),))
    return int(until - first + 1)


def _event_row(event: Event, number: str, wall: float) -> Row:
    return (
        event.at,
        wall,
        event.kind,
        number,
        event.aor,
        event.binding_id,
        event.contact,
        event.source_host,
        address_key(event.source_host),
        event.source_port,
        event.transport,
        event.user_agent,
        event.call_id,
        event.reason,
        event.detail,
        event.count,
    )


def _end_row(event: Event, number: str, wall: float) -> Row:
    return (
        number,
        event.aor,
        event.kind,
        event.at,
        wall,
        event.contact,
        event.source_host,
        event.source_port,
        event.user_agent,
        event.detail,
    )
