"""`rollcall.storage.database`, `schema` and `migrations`."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from rollcall.storage import migrations
from rollcall.storage.connection import connect_reader
from rollcall.storage.database import open_database, open_reader, revision
from rollcall.storage.errors import DatabaseError, DatabaseTooNewError
from rollcall.storage.revision import HEAD
from rollcall.storage.schema import metadata


def test_a_fresh_database_has_every_table_and_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    engine = open_database(path)
    with engine.connect() as connection:
        assert revision(connection) == HEAD
    engine.dispose()
    assert path.stat().st_mode & 0o777 == 0o600


def test_migrations_lead_to_what_the_schema_says(tmp_path: Path) -> None:
    migrated = open_database(tmp_path / "rollcall.db")
    created = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    metadata.create_all(created)
    with migrated.connect() as one, created.connect() as other:
        assert described(one) == described(other)
        assert compare_metadata(MigrationContext.configure(one), metadata) == []
    migrated.dispose()
    created.dispose()


def described(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Columns with types and defaults, and indexes, of every table."""
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " AND name != 'alembic_version' ORDER BY name"
    ).scalars()
    return {
        name: [
            *[tuple(row) for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")')],
            *sorted(
                tuple(row)[1:] for row in connection.exec_driver_sql(f'PRAGMA index_list("{name}")')
            ),
        ]
        for name in names.all()
    }


def test_the_newest_migration_is_the_head() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == HEAD


def test_an_older_database_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    """The oldest state there is: a database in which no step was taken yet."""
    path = tmp_path / "rollcall.db"
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    old.execute("CREATE TABLE kept (x)")
    old.execute("INSERT INTO kept VALUES (1)")
    old.commit()
    old.close()
    engine = open_database(path)
    with engine.connect() as connection:
        assert revision(connection) == HEAD
        assert connection.exec_driver_sql("SELECT x FROM kept").scalar_one() == 1
    engine.dispose()


def test_a_newer_database_is_refused_with_both_versions_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    open_database(path).dispose()
    newer = sqlite3.connect(path)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    with pytest.raises(DatabaseTooNewError, match=f"schema 9999.*up to {HEAD}"):
        open_database(path)
    assert connect_version(path) == "9999"


def connect_version(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    path.write_bytes(b"this is a text file, and not a short one" * 100)
    with pytest.raises(DatabaseError, match=r"rollcall\.db cannot be used"):
        open_database(path)


def test_commits_are_durable_and_readers_are_not_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    engine = open_database(path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    with engine.begin() as writing:
        writing.exec_driver_sql("INSERT INTO setting VALUES ('realm', 'rollcall')")
        reader = connect_reader(path)
        assert reader.execute("SELECT count(*) FROM setting").fetchone()[0] == 0
        reader.close()
    engine.dispose()


def test_readers_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    open_database(path).dispose()
    reader = connect_reader(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO setting VALUES ('a', 'b')")
    reader.close()
    engine = open_reader(path)
    with engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("INSERT INTO setting VALUES ('a', 'b')")
    engine.dispose()
