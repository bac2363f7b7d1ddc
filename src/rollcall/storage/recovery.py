"""From disk to memory at the start: what rollcall.db shows, then the journal behind it.

rollcall.db is read in one transaction, so its rows and its position belong together even while
the control process goes on writing. The journal's tail brings them up to the last durable group.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from rollcall.model.record import AorRecord, decode_record, encode_record
from rollcall.storage.binding_rows import ALL_BINDINGS, ALL_REST, Row, records
from rollcall.storage.database import connect_reader
from rollcall.storage.errors import JournalCorruptError
from rollcall.storage.journal_cut import kept_whole
from rollcall.storage.journal_format import Position, decode_group
from rollcall.storage.journal_scan import JournalScan
from rollcall.storage.record_table import RecordTable

_log = structlog.get_logger("rollcall.recovery")

Progress = Callable[[int, int], None]
"""Told (records loaded, records expected) now and then."""

_STEP = 10_000

_POSITION = 'SELECT segment, "offset", group_number FROM projection_position WHERE id = 1'


class Recovery(msgspec.Struct, frozen=True):
    """What was found."""

    end: Position
    """Where the valid journal ends: where `JournalFile` goes on."""
    records: int
    groups: int
    """Groups read from the journal's tail."""
    stream_aors: tuple[str, ...]
    """AORs with a binding that came over a stream: its connection is gone now."""
    highest_binding_id: int
    damage: JournalCorruptError | None = None
    """With `force`: what was found damaged and given up."""


def recover(
    database: Path,
    journal: Path,
    table: RecordTable,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Recovery:
    """Fill `table` from `database` and `journal`; a missing database counts as empty.

    Raises `JournalCorruptError`, naming file and offset, unless `force` gives up what is damaged
    and all behind it; `JournalGapError`; `sqlite3.Error`; `OSError`.
    """
    journal.mkdir(mode=0o700, exist_ok=True)
    loaded = _Loaded(table, progress)
    start = Position()
    with kept_whole(journal):
        if database.exists():
            connection = connect_reader(database)
            try:
                start = _load_view(connection, loaded)
            finally:
                connection.close()
        return _read_tail(journal, start, loaded, force=force)


class _Loaded:
    """Puts records into the table and keeps what must be known of them."""

    def __init__(self, table: RecordTable, progress: Progress | None) -> None:
        self.table = table
        self.streams: dict[str, None] = {}
        self.highest = 0
        self.expected = 0
        self._progress = progress
        self._count = 0

    def put(self, record: AorRecord, encoded: bytes) -> None:
        """Take in one record; a later one of the same AOR replaces it."""
        self.table.put(record, encoded)
        bound = False
        for binding in record.bindings:
            if binding.id > self.highest:
                self.highest = binding.id
            if binding.connection:
                bound = True
        if bound:
            self.streams[record.aor] = None
        elif self.streams:
            self.streams.pop(record.aor, None)
        self._count += 1
        if self._progress is not None and self._count % _STEP == 0:
            self._progress(self._count, max(self._count, self.expected))

    def finish(self) -> None:
        """Tell that all is loaded."""
        if self._progress is not None:
            self._progress(self._count, self._count)


def _load_view(connection: sqlite3.Connection, loaded: _Loaded) -> Position:
    connection.execute("BEGIN")
    position = connection.execute(_POSITION).fetchone()
    loaded.expected = connection.execute("SELECT count(*) FROM binding_freshness").fetchone()[0]
    rests: dict[str, Row] = {row[0]: row for row in connection.execute(ALL_REST)}
    for record in records(connection.execute(ALL_BINDINGS), rests):
        loaded.put(record, encode_record(record))
    connection.execute("COMMIT")
    return Position() if position is None else Position(*position)


def _read_tail(journal: Path, start: Position, loaded: _Loaded, *, force: bool) -> Recovery:
    scan = JournalScan(journal, start, force=force)
    last = start.group
    groups = 0
    for _, payload in scan:
        group = decode_group(payload)
        last = group.number
        groups += 1
        for change in group.changes:
            encoded = bytes(change.record)
            loaded.put(decode_record(encoded), encoded)
    loaded.finish()
    if scan.torn is not None:
        _log.warning(
            "journal_torn_entry_cut",
            file=str(scan.torn.path),
            offset=scan.torn.offset,
            bytes=scan.torn.length,
            meaning="the machine stopped while this group was written; it was never acknowledged",
        )
    if scan.damage is not None:
        _log.error("journal_damage_given_up", error=str(scan.damage))
    return Recovery(
        Position(scan.end.segment, scan.end.offset, last),
        len(loaded.table),
        groups,
        tuple(loaded.streams),
        loaded.highest,
        scan.damage,
    )
