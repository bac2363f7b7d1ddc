"""What the control side keeps open of a data directory, with a server and without."""

from concurrent.futures import ThreadPoolExecutor
from typing import Self

from sqlalchemy import Engine

from rollcall.app.clock import SteadyClock
from rollcall.app.first_start import REALM_DEFAULT, REALM_SETTING, open_box
from rollcall.app.places import Places
from rollcall.storage.database import open_database, open_reader
from rollcall.storage.journal_reader import JournalReader
from rollcall.storage.projection import Projection
from rollcall.storage.queries import SqlQueries
from rollcall.storage.repositories import open_repositories
from rollcall.storage.secrets import SecretBox

READERS = 4
"""Threads for listings and exports; the database gives out as many connections."""


class ControlData:
    """Database, key, journal reader and the threads they are used in."""

    def __init__(self, places: Places, engine: Engine, box: SecretBox, realm: str) -> None:
        self.places = places
        self.engine = engine
        self.box = box
        self.realm = realm
        self.clock = SteadyClock.open(places.data_dir)
        self.reader_engine = open_reader(places.database)
        self.queries = SqlQueries(self.reader_engine, self.clock.wall_offset)
        self.journal_reader = JournalReader(places.journal)
        self.projection = Projection(engine, self.journal_reader)
        self.writer = ThreadPoolExecutor(1, "writer")
        self.readers = ThreadPoolExecutor(READERS, "reader")

    @classmethod
    def open(cls, places: Places) -> Self:
        """Open everything; raises `StorageError`."""
        engine = open_database(places.database)
        try:
            box = open_box(places, engine)
            with open_repositories(engine, box) as repositories:
                realm = repositories.setting(REALM_SETTING) or REALM_DEFAULT
            return cls(places, engine, box, realm)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        """Finish what is under way and close everything."""
        self.readers.shutdown()
        self.writer.shutdown()
        self.journal_reader.close()
        self.reader_engine.dispose()
        self.engine.dispose()
