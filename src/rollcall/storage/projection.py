"""From the journal to rollcall.db: bindings as rows, events as history, counts per minute.

One call of `run_once` reads some groups and writes their effect in one transaction, together
with the position it has come to. So nothing is lost or counted twice, however often the control
process dies. Of the records of one AOR only the last one matters, which is what keeps refreshes
cheap; a change marked `plain` touches the short rows of `binding_freshness` only.
"""

import time
from collections.abc import Callable, Iterable
from operator import itemgetter
from sqlite3 import Cursor
from typing import cast

from sqlalchemy import Engine

from rollcall.model.record import AorRecord, decode_record
from rollcall.storage.addresses import number_of
from rollcall.storage.binding_rows import (
    PUT_BINDING,
    PUT_FRESHNESS,
    PUT_REST,
    SET_FRESHNESS,
    Row,
    fresh_rows,
    rest_row,
    stable_rows,
)
from rollcall.storage.freshness import FreshRecord, decode_freshness, freshness_rows
from rollcall.storage.history import PRUNE_STEP, History, prune
from rollcall.storage.journal_cut import cut
from rollcall.storage.journal_format import JournalGroup, Position
from rollcall.storage.journal_reader import JournalReader

GROUPS = 4_000
"""Groups in one transaction at most: half a second of full load, some 10 MB in memory."""

HEAVY = 2_000
"""Records in one run from which on the next run waits for `PACE`."""

PACE = 0.5
"""Seconds between the beginnings of heavy runs. Thousands of refreshes touch nearly every page
of `binding_freshness`, however few or many they are: showing them in fewer, larger runs takes a
third less of the processor, and listings still are less than a second behind."""

PRUNE_INTERVAL = 60.0
"""Seconds between looks at whether history must be pruned."""

_IN_ONE_REFRESH = 2.0
"""Seconds. A plain change whose bindings were refreshed longer ago than this, by its group's
time, is no refresh: only a nonce was used, by a request that was refused."""

_PUT_POSITION = (
    "INSERT OR REPLACE INTO projection_position"
    ' (id, segment, "offset", group_number, now, wall_minus_now) VALUES (1,?,?,?,?,?)'
)
_IDS = "SELECT id FROM binding WHERE number = ? AND aor = ?"
_GET_POSITION = 'SELECT segment, "offset", group_number FROM projection_position WHERE id = 1'


class Projection:
    """Brings rollcall.db up to the journal. For one thread at a time."""

    def __init__(
        self,
        engine: Engine,
        reader: JournalReader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._clock = clock
        self._rest_until = float("-inf")
        self._pruned_at = 0.0
        with engine.connect() as connection:
            row = connection.exec_driver_sql(_GET_POSITION).first()
        self._position = Position() if row is None else Position(*row)

    @property
    def position(self) -> Position:
        """Up to where rollcall.db shows the journal; its `group` is the last one shown."""
        return self._position

    def behind(self) -> int:
        """Count the groups that are durable and not shown yet."""
        durable = self._reader.durable()
        return 0 if durable is None else max(0, durable.group - self._position.group)

    def run_once(self, limit: int = GROUPS) -> Position:
        """Show at most `limit` more groups; gives the position then.

        The same position as before means that there was nothing, or that it is too early after
        a heavy run. Raises `JournalError`, `OSError` and SQLAlchemy's errors; nothing is shown
        in part.
        """
        began = self._clock()
        if began < self._rest_until:
            return self._position
        groups, position = self._reader.read(self._position, limit)
        if position == self._position:
            return position
        if groups and self._show(groups, position) >= HEAVY and self._reader.reached(position):
            self._rest_until = began + PACE
        before, self._position = self._position, position
        if groups and position.segment != before.segment:
            cut(self._reader.directory, position)
        return position

    def _show(self, groups: list[JournalGroup], position: Position) -> int:
        """Write the effect of some groups; gives how many records changed."""
        changed = _Changed(groups)
        last = groups[-1]
        with self._engine.begin() as connection:
            cursor = cast(Cursor, connection.connection.cursor())
            changed.store(cursor)
            self._prune(cursor, last.now + last.wall_minus_now)
            values: Row = (position.segment, position.offset, position.group)
            cursor.execute(_PUT_POSITION, (*values, last.now, last.wall_minus_now))
            cursor.close()
        return len(changed)

    def _prune(self, cursor: Cursor, wall: float) -> None:
        if abs(wall - self._pruned_at) >= PRUNE_INTERVAL and prune(cursor, wall) < PRUNE_STEP:
            self._pruned_at = wall


class _Changed:
    """The effect of some groups, one record per AOR."""

    def __init__(self, groups: Iterable[JournalGroup]) -> None:
        self._plain: dict[str, FreshRecord] = {}
        self._full: dict[str, AorRecord] = {}
        self._history = History()
        for group in groups:
            self._add(group)

    def __len__(self) -> int:
        return len(self._plain) + len(self._full)

    def _add(self, group: JournalGroup) -> None:
        plain, full = self._plain, self._full
        refreshes = 0
        since = group.now - _IN_ONE_REFRESH
        for change in group.changes:
            if change.events:
                self._history.add(change.events, group.wall_minus_now)
            if change.plain:
                fresh = decode_freshness(change.record)
                refreshes += _refreshed(fresh, since)
                aor = fresh.aor
                if fresh.bindings and aor not in full:
                    plain[aor] = fresh
                    continue
            record = decode_record(change.record)
            plain.pop(record.aor, None)
            full[record.aor] = record
        if refreshes:
            self._history.count_refreshes(refreshes, group.now + group.wall_minus_now)
        if group.loose:
            self._history.add(group.loose, group.wall_minus_now)

    def store(self, cursor: Cursor) -> None:
        """Write everything in the caller's transaction."""
        if self._plain:
            rows = list(freshness_rows(list(self._plain.values())))
            rows.sort(key=_id_of_fresh)  # neighbours share pages
            cursor.executemany(SET_FRESHNESS, rows)
        if self._full:
            self._store_full(cursor)
        self._history.store(cursor)

    def _store_full(self, cursor: Cursor) -> None:
        gone: list[tuple[int]] = []
        forgotten: list[tuple[str]] = []
        rests: list[Row] = []
        for aor, record in self._full.items():
            kept = {binding.id for binding in record.bindings}
            found = cursor.execute(_IDS, (number_of(aor), aor)).fetchall()
            gone.extend(row for row in found if row[0] not in kept)
            rest = rest_row(record)
            if rest is None:
                forgotten.append((aor,))
            else:
                rests.append(rest)
        cursor.executemany("DELETE FROM binding WHERE id = ?", gone)
        cursor.executemany("DELETE FROM binding_freshness WHERE id = ?", gone)
        cursor.executemany("DELETE FROM record_rest WHERE aor = ?", forgotten)
        cursor.executemany(PUT_REST, rests)
        full = self._full.values()
        cursor.executemany(PUT_BINDING, [row for record in full for row in stable_rows(record)])
        cursor.executemany(PUT_FRESHNESS, [row for record in full for row in fresh_rows(record)])


_id_of_fresh = itemgetter(-1)


def _refreshed(record: FreshRecord, since: float) -> bool:
    for binding in record.bindings:  # noqa: SIM110  a generator costs more than the rest
        if binding.refreshed_at > since:
            return True
    return False
