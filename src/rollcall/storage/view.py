"""rollcall.db as the place where records are until they are in memory.

The control process goes on writing it meanwhile. That does no harm to who asks only for AORs of
which the journal has said nothing behind the position that was read first: what is shown later
concerns other AORs.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from rollcall.storage.addresses import number_of
from rollcall.storage.binding_rows import (
    ALL_BINDINGS,
    ALL_REST,
    BINDINGS_OF_AOR,
    BINDINGS_OF_NUMBER,
    NUMBER,
    REST_OF_AOR,
    SEVERAL,
    Row,
    StoredRecord,
    stored_record,
)
from rollcall.storage.connection import connect_reader
from rollcall.storage.journal_format import Position

_FETCH_TIMEOUT = 100
"""Milliseconds to wait for a lock while phones wait, too. Readers and the writer do not exclude
each other; only the first one after a crash may hold others up."""

_POSITION = 'SELECT segment, "offset", group_number FROM projection_position WHERE id = 1'


class View:
    """Reads records of `database`. For one thread; raises `sqlite3.Error`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None

    def begin(self) -> tuple[Position, int]:
        """Give up to where the journal is shown, and the highest id of a binding.

        A missing database counts as empty.
        """
        if not self._database.exists():
            return Position(), 0
        connection = connect_reader(self._database)
        try:
            connection.execute("BEGIN")
            row = connection.execute(_POSITION).fetchone()
            highest = connection.execute("SELECT max(id) FROM binding").fetchone()[0]
        finally:
            connection.close()
        return Position() if row is None else Position(*row), highest or 0

    def fetch(self, aor: str) -> StoredRecord | None:
        """Give the record of `aor`; None when nothing is known. Takes some 30 us."""
        connection = self._connection
        if connection is None:
            connection = self._connection = connect_reader(self._database)
            connection.execute(f"PRAGMA busy_timeout = {_FETCH_TIMEOUT}")
        try:
            connection.execute("BEGIN")
            rows = connection.execute(BINDINGS_OF_AOR, (number_of(aor), aor)).fetchall()
            rest = connection.execute(REST_OF_AOR, (aor,)).fetchone()
            connection.execute("COMMIT")
        except sqlite3.Error:
            self.close()  # the next one begins anew
            raise
        return stored_record(aor, rows, rest) if rows or rest else None

    def chunks(self, size: int) -> Iterator[tuple[int, list[StoredRecord]]]:
        """Give all records, as they are at one moment, in chunks; with about their number.

        May run in another thread than `fetch`.
        """
        connection = connect_reader(self._database)
        try:
            connection.execute("BEGIN")
            expected = _count(connection)
            chunk: list[StoredRecord] = []
            for record in _all(connection):
                chunk.append(record)
                if len(chunk) == size:
                    yield expected, chunk
                    chunk = []
            yield expected, chunk
        finally:
            connection.close()

    def close(self) -> None:
        """Close what `fetch` has opened."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _count(connection: sqlite3.Connection) -> int:
    """Count those who are bound; records without a binding are few and short-lived."""
    count: int = connection.execute("SELECT count(DISTINCT number) FROM binding").fetchone()[0]
    return count


def _all(connection: sqlite3.Connection) -> Iterator[StoredRecord]:
    rests: dict[str, Row] = {row[0]: row for row in connection.execute(ALL_REST)}
    several = {row[0] for row in connection.execute(SEVERAL)}
    for row in connection.execute(ALL_BINDINGS):
        if row[NUMBER] not in several:
            aor = row[0]
            yield stored_record(aor, (row,), rests.pop(aor, None) if rests else None)
    for number in several:
        by_aor: dict[str, list[Row]] = {}
        for row in connection.execute(BINDINGS_OF_NUMBER, (number,)):
            by_aor.setdefault(row[0], []).append(row)
        for aor, rows in by_aor.items():
            yield stored_record(aor, rows, rests.pop(aor, None))
    for aor, rest in rests.items():
        yield stored_record(aor, (), rest)
