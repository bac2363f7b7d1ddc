"""Plain connections for reading rollcall.db: all that the SIP process needs of SQL.

Apart from `database`, because loading SQLAlchemy takes longer than reading a small database.
"""

import sqlite3
from pathlib import Path

BUSY_TIMEOUT = 5000
"""Milliseconds to wait for another writer, as there is when a command works offline."""

_READER_CACHE_KIB = 4 * 1024


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a plain connection for reading only, for the paths where each row counts."""
    connection = sqlite3.connect(
        f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    reader_pragmas(connection)
    return connection


def reader_pragmas(connection: sqlite3.Connection) -> None:
    """Set up `connection` for reading."""
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "query_only = ON",
        f"cache_size = -{_READER_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
