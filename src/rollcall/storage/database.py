"""Opening rollcall.db: created, migrated, or refused when a newer rollcall wrote it.

Only the control process writes it; the SIP process and listings read it. Write-ahead logging
lets them read meanwhile; `synchronous=FULL`, because what the projection has committed is cut
from the journal.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError as DriverError
from sqlalchemy.pool import ConnectionPoolEntry

from rollcall.storage.connection import BUSY_TIMEOUT, reader_pragmas
from rollcall.storage.errors import DatabaseError, DatabaseTooNewError
from rollcall.storage.revision import HEAD

CHECKPOINT_PAGES = 12_000
"""Pages of 4 KiB in the write-ahead log before it is copied back, some 50 MB. Refreshes touch the
same pages again and again, so copying seldom saves time: with 200,000 phones a refresh took
18.5 us at 16,000 pages and 21.8 us at 4,000 (one run each)."""

LOG_LIMIT = 64 * 1024 * 1024
"""Bytes of the write-ahead log kept on disk once it has been copied back."""

CACHE_KIB = 8 * 1024
"""Page cache of the writer, in KiB. Four times as much was no faster in a trial at 200,000
bindings: what is not in it is in the system's cache."""


def open_database(path: Path) -> Engine:
    """Open `path` for writing; creates and migrates it.

    Raises `DatabaseTooNewError` for a schema this version does not know and `DatabaseError`
    when the file is no database, naming it.
    """
    fresh = not path.exists()
    engine = create_engine(
        f"sqlite:///{path}", pool_reset_on_return="rollback", hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_writer)
    event.listen(engine, "begin", _begin_immediate)
    try:
        if fresh:
            path.touch(0o600)
        with engine.connect() as connection:
            found = revision(connection)
        if found != HEAD:
            migrate(engine, path, found)
    except DriverError as error:
        engine.dispose()
        raise DatabaseError(f"{path} cannot be used as a database: {error.orig}") from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_reader(path: Path) -> Engine:
    """Open `path` for reading only, for listings in any thread."""
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true", pool_size=4, pool_reset_on_return="rollback"
    )
    event.listen(engine, "connect", _set_up_reader)
    event.listen(engine, "begin", _begin)
    return engine


def revision(connection: Connection) -> str:
    """Give the schema revision of a database; empty when it has no tables yet."""
    tables = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name = :name")
    if connection.execute(tables, {"name": "alembic_version"}).first() is None:
        return ""
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return "" if row is None else str(row[0])


def migrate(engine: Engine, path: Path, found: str) -> None:
    """Bring the schema from revision `found` to `HEAD`, all of it or nothing."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "rollcall.storage:migrations")
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found and found not in known:
        raise DatabaseTooNewError(
            f"{path} has schema {found}; this rollcall knows up to {HEAD}. Start the rollcall"
            " that wrote it, or restore a backup made before the update."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _set_up_writer(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = (
        None  # transactions begin where we say, not where the driver guesses
    )
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        f"journal_size_limit = {LOG_LIMIT}",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _set_up_reader(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    reader_pragmas(connection)


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
