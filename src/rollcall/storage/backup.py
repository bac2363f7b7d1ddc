"""`rollcall backup` and `restore`: everything of a data directory in one tar file.

    manifest.json     format, when, which rollcall
    rollcall.db       an online copy
    journal/          the segments behind that copy, up to the last durable group
    keys/             without them the passwords in the copy are lost; so keep the file like a key
    clock.json        so that expiries go on where they stood

It may be made while phones register: the copy is taken first, and what happened meanwhile is
in the journal.
"""

import io
import os
import shutil
import sqlite3
import tarfile
import time
from pathlib import Path

import msgspec

import rollcall
from rollcall.storage.errors import BackupError
from rollcall.storage.journal_cut import kept_whole
from rollcall.storage.journal_format import HEADER_SIZE, segment_path
from rollcall.storage.journal_scan import chain, durable_position, read_range
from rollcall.storage.revision import HEAD

FORMAT = 1
DATABASE = "rollcall.db"
JOURNAL = "journal"
KEYS = "keys"
CLOCK = "clock.json"
_MANIFEST = "manifest.json"  # the first member, so that reading it reads no more
_MANIFEST_LIMIT = 65_536
_NOT_DATA = frozenset({"lock", "admin.sock", "command.sock"})

_PAGES = 1_000
"""Pages copied at a time; writers get in between."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: int
    made_at: float
    """Seconds since 1970."""
    version: str
    schema: str


def write_backup(data_dir: Path, target: Path) -> Manifest:
    """Write a backup of `data_dir` to `target`, replaced only when all is written.

    The server may run. Raises `BackupError` and `OSError`.
    """
    database = data_dir / DATABASE
    if not database.exists():
        raise BackupError(f"{data_dir} has no {DATABASE}: there is nothing to back up")
    manifest = Manifest(FORMAT, time.time(), rollcall.__version__, HEAD)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    copy = partial.with_suffix(".db")
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            _add_bytes(tar, _MANIFEST, msgspec.json.encode(manifest))
            with kept_whole(data_dir / JOURNAL):
                _copy_database(database, copy)
                tar.add(copy, DATABASE)
                _add_journal(tar, data_dir / JOURNAL)
            for key in sorted((data_dir / KEYS).glob("*.key")):
                tar.add(key, f"{KEYS}/{key.name}")
            if (data_dir / CLOCK).exists():
                tar.add(data_dir / CLOCK, CLOCK)
            tar.close()
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except (sqlite3.Error, tarfile.TarError) as error:
        raise BackupError(f"{target} could not be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Read what a backup says of itself; raises `BackupError` when it is none."""
    try:
        with tarfile.open(source) as tar:
            first = tar.next()
            member = None if first is None else tar.extractfile(first)
            data = b"" if member is None else member.read(_MANIFEST_LIMIT)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (OSError, KeyError, tarfile.TarError, msgspec.DecodeError) as error:
        raise BackupError(f"{source} is not a backup of rollcall: {error}") from error
    if manifest.format > FORMAT:
        raise BackupError(
            f"{source} was made by rollcall {manifest.version} in format {manifest.format};"
            f" this one knows up to {FORMAT}"
        )
    return manifest


def restore_backup(source: Path, data_dir: Path, *, force: bool = False) -> Manifest:
    """Put a backup into `data_dir`, whose lock the caller holds.

    A directory with data in it is refused unless `force`; then that data is moved to a folder
    `before-restore-...` in it, not deleted. Raises `BackupError` and `OSError`.
    """
    manifest = read_manifest(source)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    present = _data_in(data_dir)
    if present and not force:
        raise BackupError(
            f"{data_dir} is not empty; restore into a new directory, or use --force to move what"
            " is there aside"
        )
    fresh = data_dir / f"restoring-{os.getpid()}"
    try:
        with tarfile.open(source) as tar:
            _extract(tar, fresh)
        _lock_down(fresh)
        if present:
            _move_aside(data_dir, present)
        for path in sorted(fresh.iterdir()):
            if path.name != _MANIFEST:
                path.rename(data_dir / path.name)
    except tarfile.TarError as error:
        raise BackupError(f"{source} is damaged: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


def _data_in(data_dir: Path) -> list[Path]:
    return sorted(
        path
        for path in data_dir.iterdir()
        if path.name not in _NOT_DATA and not path.name.startswith("before-restore-")
    )


def _move_aside(data_dir: Path, present: list[Path]) -> None:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    earlier = len(list(data_dir.glob(f"before-restore-{stamp}*")))
    aside = data_dir / f"before-restore-{stamp}-{earlier + 1}"
    aside.mkdir(mode=0o700)
    for path in present:
        path.rename(aside / path.name)


def _extract(tar: tarfile.TarFile, target: Path) -> None:
    """Write the members below `target`: plain files and folders with harmless names only.

    `extractall(filter="data")` does the same, but not before Python 3.11.4.
    """
    for member in tar:
        parts = Path(member.name).parts
        if member.name.startswith("/") or ".." in parts:
            raise BackupError(f"the backup holds a file that would lie outside: {member.name}")
        path = target.joinpath(*parts)
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        content = tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise BackupError(f"the backup holds something that is no file: {member.name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)


def _lock_down(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    for name in (JOURNAL, KEYS):
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def _copy_database(database: Path, copy: Path) -> None:
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        target = sqlite3.connect(copy)
        try:
            copy.chmod(0o600)
            source.backup(target, pages=_PAGES)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it
        finally:
            target.close()
    finally:
        source.close()


def _add_journal(tar: tarfile.TarFile, journal: Path) -> None:
    """Add the segments up to the last durable group; what is not durable is nobody's."""
    durable = durable_position(journal)
    for part in chain(journal, durable):
        end = part.end
        if end is None and durable is not None and durable.segment == part.number:
            end = durable.offset
        path = segment_path(journal, part.number)
        data = read_range(path, 0, end)
        if len(data) >= HEADER_SIZE:
            _add_bytes(tar, f"{JOURNAL}/{path.name}", data)


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mtime = int(time.time())
    member.mode = 0o600
    tar.addfile(member, io.BytesIO(data))
