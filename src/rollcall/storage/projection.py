"""From the journal to rollcall.db: bindings as rows, events as history, counts per minute.

One call of `run_once` reads some groups and writes their effect in one transaction, together
with the position it has come to. So nothing is lost or counted twice, however often the control
process dies. Of the records of one AOR only the last one matters, which is what keeps refreshes
cheap; a change marked `plain` touches the short rows of `binding_freshness` only.
"""

import contextlib
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
"""Groups in one transaction at most: half a second of full load."""

RECORDS = 10_000
"""Refreshes in one transaction, about: 0.1 s in which nobody else writes, and 5 MB in memory."""

_WHOLE = 4
"""A record that is written whole takes as long as so many refreshes."""

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
        """Show at most `limit` more groups, about `RECORDS` at a time; gives the position then.

        The same position as before means that there was nothing, or that it is too early after
        a heavy run. Raises `JournalError`, `OSError` and SQLAlchemy's errors; nothing is shown
        in part.
        """
        began = self._clock()
        if began < self._rest_until:
            return self._position
        groups, position = self._reader.read(self._position, limit)
        if groups:
            records, position = self._show(groups, position, limit)
            if records >= HEAVY and self._reader.reached(position):
                self._rest_until = began + PACE
        before, self._position = self._position, position
        if groups and position.segment != before.segment:
            cut(self._reader.directory, position)
        return position

    def shrink(self) -> None:
        """Give back the memory of the database's cache, when there is nothing to do.

        The pages most likely wanted next stay in the system's own cache.
        """
        with contextlib.closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA shrink_memory")

    def _show(
        self, groups: list[JournalGroup], position: Position, limit: int
    ) -> tuple[int, Position]:
        """Write the effect of some groups and those behind them, in one transaction.

        They are read bit by bit: decoded, records take ten times the memory. Gives how many
        records changed, and the position behind them.
        """
        changed = _Changed()
        with self._engine.begin() as connection:
            cursor = cast(Cursor, connection.connection.cursor())
            while True:
                last = groups[-1]
                changed.take(groups, cursor)
                limit -= len(groups)
                if limit <= 0 or changed.load >= RECORDS:
                    break
                groups, position = self._reader.read(position, limit)
                if not groups:
                    break
            changed.finish(cursor)
            self._prune(cursor, last.now + last.wall_minus_now)
            values: Row = (position.segment, position.offset, position.group)
            cursor.execute(_PUT_POSITION, (*values, last.now, last.wall_minus_now))
            cursor.close()
        return changed.records, position

    def _prune(self, cursor: Cursor, wall: float) -> None:
        if abs(wall - self._pruned_at) >= PRUNE_INTERVAL and prune(cursor, wall) < PRUNE_STEP:
            self._pruned_at = wall


class _Changed:
    """The effect of the groups of one run, written in the caller's transaction.

    Plain refreshes wait until the end, one for each AOR: sorted, they touch each page once.
    Everything else is written as it comes, so what waits is always newer than what is written.
    """

    def __init__(self) -> None:
        self.records = 0
        self.load = 0
        """What it takes to write, counted in refreshes."""
        self._fresh: dict[str, list[Row]] = {}

    def take(self, groups: Iterable[JournalGroup], cursor: Cursor) -> None:
        """Take in groups."""
        fresh = self._fresh
        full: dict[str, AorRecord] = {}
        history = History()
        for group in groups:
            refreshes = 0
            since = group.now - _IN_ONE_REFRESH
            for change in group.changes:
                if change.events:
                    history.add(change.events, group.wall_minus_now)
                if change.plain:
                    read = decode_freshness(change.record)
                    if read.bindings:
                        refreshes += _refreshed(read, since)
                        fresh[read.aor] = freshness_rows(read)
                        continue
                whole = decode_record(change.record)
                fresh.pop(whole.aor, None)
                full[whole.aor] = whole
            if refreshes:
                history.count_refreshes(refreshes, group.now + group.wall_minus_now)
            if group.loose:
                history.add(group.loose, group.wall_minus_now)
            self.records += len(group.changes)
            self.load += len(group.changes)
        if full:
            self.load += (_WHOLE - 1) * len(full)
            _store(full, cursor)
        history.store(cursor)

    def finish(self, cursor: Cursor) -> None:
        """Write what has waited."""
        rows = [row for some in self._fresh.values() for row in some]
        rows.sort(key=_id_of_fresh)  # neighbours share pages
        cursor.executemany(SET_FRESHNESS, rows)


def _store(records: dict[str, AorRecord], cursor: Cursor) -> None:
    """Write records whole, by AOR."""
    gone: list[tuple[int]] = []
    forgotten: list[tuple[str]] = []
    rests: list[Row] = []
    for aor, record in records.items():
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
    whole = records.values()
    cursor.executemany(PUT_BINDING, (row for record in whole for row in stable_rows(record)))
    cursor.executemany(PUT_FRESHNESS, (row for record in whole for row in fresh_rows(record)))


_id_of_fresh = itemgetter(-1)


def _refreshed(record: FreshRecord, since: float) -> bool:
    for binding in record.bindings:  # noqa: SIM110  a generator costs more than the rest
        if binding.refreshed_at > since:
            return True
    return False
