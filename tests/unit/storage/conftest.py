"""A database with a box for its secrets, for everything that reads and changes it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from doubles.journals import DataFolder
from doubles.records import StoppedClock, change, empty, record
from rollcall.model.administration import PhoneEntry
from rollcall.storage.database import open_database, open_reader
from rollcall.storage.queries import SqlQueries
from rollcall.storage.repositories import SqlRepositories, open_repositories
from rollcall.storage.secrets import SecretBox

Open = Callable[[], AbstractContextManager[SqlRepositories]]


@pytest.fixture
def box() -> SecretBox:
    """The key of the tests."""
    return SecretBox(b"k" * 32)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "rollcall.db"


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    """The database, open for writing."""
    made = open_database(database)
    yield made
    made.dispose()


@pytest.fixture
def changing(engine: Engine, box: SecretBox) -> Open:
    """`with changing() as repositories:` is one write transaction."""
    return lambda: open_repositories(engine, box)


@pytest.fixture
def queries(engine: Engine, database: Path) -> Iterator[SqlQueries]:
    """The database, open for reading."""
    del engine  # it must exist first
    reader = open_reader(database)
    yield SqlQueries(reader, StoppedClock().wall_offset)
    reader.dispose()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[DataFolder]:
    """A data directory as a running server has it: part of the journal is not shown yet."""
    folder = tmp_path / "data"
    folder.mkdir()
    made = DataFolder(folder)
    box = SecretBox.open(folder / "keys" / "secrets.key", in_use=False)
    with open_repositories(made.engine, box) as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
    (folder / "clock.json").write_text("{}")
    (folder / "lock").touch()
    made.commit(change(record("1001")), change(record("1002")))
    made.project()
    made.commit(change(record("1001", 2), 1, plain=True), change(empty("1002", 2), 1))
    yield made
    made.close()
