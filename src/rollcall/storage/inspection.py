"""`rollcall check`: is what lies in a data directory whole and does it fit together?"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from rollcall.storage.backup import DATABASE, JOURNAL, KEYS
from rollcall.storage.connection import connect_reader
from rollcall.storage.errors import StorageError
from rollcall.storage.journal_cut import kept_whole
from rollcall.storage.journal_format import Position, decode_group
from rollcall.storage.journal_scan import JournalScan
from rollcall.storage.revision import HEAD
from rollcall.storage.secrets import SecretBox


class Finding(msgspec.Struct, frozen=True):
    """The result of one check."""

    check: str
    passed: bool
    text: str
    """One line: what was found; when not passed, with what to do."""


def inspect(data_dir: Path) -> list[Finding]:
    """Check everything; reads only, also beside a running server."""
    checks: tuple[tuple[str, Callable[[Path], str]], ...] = (
        ("database", _check_database),
        ("journal", _check_journal),
        ("key", _check_key),
    )
    findings = []
    for name, check in checks:
        try:
            findings.append(Finding(name, True, check(data_dir)))
        except (StorageError, sqlite3.Error, OSError, msgspec.DecodeError) as error:
            findings.append(Finding(name, False, str(error)))
    return findings


def _check_database(data_dir: Path) -> str:
    path = data_dir / DATABASE
    connection = connect_reader(path)
    try:
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if faults != ["ok"]:
            raise StorageError(f"{path} is damaged: {faults[0]}; restore a backup")
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if revision != HEAD:
            raise StorageError(f"{path} has schema {revision}, this rollcall uses {HEAD}")
        phones, bindings = connection.execute(
            "SELECT (SELECT count(*) FROM phone), (SELECT count(*) FROM binding)"
        ).fetchone()
    finally:
        connection.close()
    return f"whole; schema {revision}, {phones} phones, {bindings} bindings"


def _check_journal(data_dir: Path) -> str:
    journal = data_dir / JOURNAL
    with kept_whole(journal):
        connection = connect_reader(data_dir / DATABASE)
        try:
            row = connection.execute(
                'SELECT segment, "offset", group_number FROM projection_position WHERE id = 1'
            ).fetchone()
        finally:
            connection.close()
        scan = JournalScan(journal, Position() if row is None else Position(*row))
        groups = 0
        for _, payload in scan:
            decode_group(payload)
            groups += 1
    text = f"whole; {groups} groups behind the database"
    if scan.torn is not None:
        text += f"; a torn last entry of {scan.torn.length} bytes, never acknowledged, is cut"
    return text


def _check_key(data_dir: Path) -> str:
    connection = connect_reader(data_dir / DATABASE)
    try:
        rows = connection.execute("SELECT secret, number FROM phone").fetchall()
    finally:
        connection.close()
    path = data_dir / KEYS / "secrets.key"
    if not rows:
        return "no passwords are stored yet"
    box = SecretBox.open(path, in_use=True)
    for secret, number in rows:
        box.unseal(secret, number)
    return f"fits all {len(rows)} passwords"
