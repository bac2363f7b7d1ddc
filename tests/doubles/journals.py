"""A data directory whose journal and database are written as the two processes write them."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from doubles.records import StoppedClock
from rollcall.model.event import Event
from rollcall.model.ports import Change
from rollcall.model.record import encode_record
from rollcall.storage.database import open_database
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position, encode_group
from rollcall.storage.journal_reader import JournalReader
from rollcall.storage.projection import Projection


class DataFolder:
    """Groups go to the journal with `commit`, from there to the database with `project`."""

    def __init__(self, folder: Path, *, segment_limit: int = 1 << 20) -> None:
        self.folder = folder
        self.database = folder / "rollcall.db"
        self.journal = folder / "journal"
        self.journal.mkdir()
        self.clock = StoppedClock()
        self.engine: Engine = open_database(self.database)
        self.file = JournalFile(self.journal, Position(), ahead=4096, segment_limit=segment_limit)
        self.reader = JournalReader(self.journal)
        self.projection = Projection(self.engine, self.reader)

    def commit(self, *changes: Change, loose: Sequence[Event] = ()) -> None:
        """Append one group, made at the clock's time."""
        body = [(encode_record(one.record), one.plain, one.events) for one in changes]
        number = self.file.end.group + 1
        now = self.clock.now()
        self.file.append(encode_group(number, now, self.clock.offset, body, loose), number)

    def project(self) -> Position:
        """Show everything that was committed."""
        while True:
            before = self.projection.position
            if self.projection.run_once() == before:
                return before

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def close(self) -> None:
        """Close everything."""
        self.reader.close()
        self.file.close()
        self.engine.dispose()
