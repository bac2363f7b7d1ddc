"""`rollcall.storage.backup`: one file that brings everything back."""

import sqlite3
import tarfile
from pathlib import Path

import msgspec
import pytest

import rollcall
from doubles.journals import DataFolder
from doubles.records import change, record
from doubles.views import recovered
from rollcall.storage.backup import Manifest, read_manifest, restore_backup, write_backup
from rollcall.storage.errors import BackupError
from rollcall.storage.inspection import inspect
from rollcall.storage.journal_format import segment_path
from rollcall.storage.secrets import SecretBox


def versions(folder: Path) -> dict[str, int]:
    """What a server that starts there would know."""
    found = recovered(folder / "rollcall.db", folder / "journal")
    return {aor: one.version for aor, one in found.items()}


def test_everything_comes_back_elsewhere(running: DataFolder, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    manifest = write_backup(running.folder, target)
    running.commit(change(record("1009")))  # after the backup
    assert restore_backup(target, elsewhere) == manifest
    assert versions(elsewhere) == {"sip:1001@example.com": 2}
    assert (elsewhere / "clock.json").read_text() == "{}"
    assert [one.passed for one in inspect(elsewhere)] == [True, True, True]
    box = SecretBox.open(elsewhere / "keys" / "secrets.key", in_use=True)
    connection = sqlite3.connect(elsewhere / "rollcall.db")
    sealed = connection.execute("SELECT secret FROM phone").fetchone()[0]
    connection.close()
    assert box.unseal(sealed, "1001") == "secret"


def test_a_backup_is_its_owners_only_and_says_what_it_is(
    running: DataFolder, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar"
    write_backup(running.folder, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert read_manifest(target).version == rollcall.__version__
    assert sorted(tmp_path.glob("*.partial*")) + sorted(tmp_path.glob(".*")) == []


def test_what_is_not_durable_is_not_in_it(running: DataFolder, tmp_path: Path) -> None:
    path = segment_path(running.journal, 1)
    with path.open("r+b") as file:
        file.seek(running.file.end.offset)
        file.write(b"a group on its way to the disk")
    write_backup(running.folder, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert tar.getmember("journal/0000000001.journal").size == running.file.end.offset


def test_a_directory_with_data_is_refused(running: DataFolder, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    write_backup(running.folder, target)
    with pytest.raises(BackupError, match=r"not empty.*--force"):
        restore_backup(target, running.folder)
    assert versions(running.folder) == {"sip:1001@example.com": 2}


def test_force_moves_what_was_there_aside(running: DataFolder, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    write_backup(running.folder, target)
    restore_backup(target, elsewhere)
    (elsewhere / "clock.json").write_text("newer")
    restore_backup(target, elsewhere, force=True)
    restore_backup(target, elsewhere, force=True)
    assert (elsewhere / "clock.json").read_text() == "{}"
    aside = sorted(elsewhere.glob("before-restore-*"))
    assert (aside[0] / "clock.json").read_text() == "newer"
    assert versions(elsewhere) == {"sip:1001@example.com": 2}


def test_the_lock_of_whoever_restores_is_no_data(running: DataFolder, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    write_backup(running.folder, target)
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    restore_backup(target, elsewhere)
    assert (elsewhere / "lock").exists()


@pytest.mark.parametrize("content", [b"", b"not a tar file" * 100])
def test_a_file_that_is_no_backup(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "file"
    source.write_bytes(content)
    with pytest.raises(BackupError, match="not a backup"):
        restore_backup(source, tmp_path / "elsewhere")
    with pytest.raises(BackupError, match="not a backup"):
        restore_backup(tmp_path / "missing", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_of_a_newer_rollcall(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(msgspec.json.encode(Manifest(99, 0.0, "9.9", "9999")))
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.add(manifest, "manifest.json")
    with pytest.raises(BackupError, match="format 99"):
        restore_backup(tmp_path / "backup.tar", tmp_path / "elsewhere")


def test_a_damaged_backup_touches_nothing(running: DataFolder, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    write_backup(running.folder, target)
    target.write_bytes(target.read_bytes()[:20_000])
    with pytest.raises(BackupError, match=r"tar is damaged"):
        restore_backup(target, elsewhere)
    assert list(elsewhere.iterdir()) == []


def test_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="nothing to back up"):
        write_backup(tmp_path, tmp_path / "backup.tar")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "journal/../../outside"])
def test_a_backup_cannot_write_outside_of_its_folder(
    running: DataFolder, tmp_path: Path, name: str
) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    write_backup(running.folder, target)
    with tarfile.open(target, "a") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(BackupError, match="outside"):
        restore_backup(target, elsewhere)
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_backup_with_a_link_is_refused(running: DataFolder, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.tar", tmp_path / "elsewhere"
    write_backup(running.folder, target)
    link = tarfile.TarInfo("keys/secrets.key")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(target, "a") as tar:
        tar.addfile(link)
    with pytest.raises(BackupError, match="no file"):
        restore_backup(target, elsewhere)
