"""`rollcall backup`, `restore`, `check`."""

from pathlib import Path

import httpx
import pytest

import rollcall.storage.backup
import rollcall.storage.inspection
from doubles.rest_server import RestServer, Run
from rollcall.app.data_lock import DataLock
from rollcall.app.places import Places
from rollcall.storage.backup import Manifest
from rollcall.storage.errors import BackupError
from rollcall.storage.inspection import Finding


def test_backup_is_for_its_owner_only(rest: RestServer, run: Run, tmp_path: Path) -> None:
    rest.answers["GET", "/backup"] = lambda _: httpx.Response(200, content=b"tar")
    result = run("backup", "kept.tar")
    assert result.status == 0
    assert (tmp_path / "kept.tar").read_bytes() == b"tar"
    assert (tmp_path / "kept.tar").stat().st_mode & 0o777 == 0o600
    assert "kept.tar: 3 bytes" in result.err


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path, bool]]:
    """Calls of the storage's restore: file, directory, force."""
    calls: list[tuple[Path, Path, bool]] = []
    manifest = Manifest(1, 1_795_410_000.0, "0.1.0", "1")

    def restore(source: Path, data_dir: Path, *, force: bool = False) -> Manifest:
        assert data_dir.is_dir()
        calls.append((source, data_dir, force))
        return manifest

    monkeypatch.setattr(rollcall.storage.backup, "read_manifest", lambda _: manifest)
    monkeypatch.setattr(rollcall.storage.backup, "restore_backup", restore)
    return calls


def test_restore_makes_the_directory(run: Run, restored: list[tuple[Path, Path, bool]]) -> None:
    result = run("restore", "kept.tar", "--data-dir", "new/place")
    assert result.status == 0
    assert restored == [(Path("kept.tar"), Path("new/place"), False)]
    assert "new/place is as it was on 2026-11-23" in result.err
    run("--data-dir", "front", "restore", "kept.tar", "--force")
    assert restored[1] == (Path("kept.tar"), Path("front"), True)


def test_restore_leaves_a_directory_in_use_alone(
    run: Run, restored: list[tuple[Path, Path, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollcall.app.data_lock.WAIT", 0.0)
    Path("data").mkdir()
    with DataLock.take(Places(Path("data")), "a test"):
        result = run("restore", "kept.tar")
    assert result.status == 1
    assert "data is in use by process" in result.err
    assert restored == []


def test_a_file_that_is_no_backup_makes_no_directory(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.tar").write_bytes(b"nonsense")
    result = run("restore", "kept.tar", "--data-dir", "new")
    assert result.status == 1
    assert result.err.startswith("rollcall: kept.tar is not a backup of rollcall")
    assert not (tmp_path / "new").exists()


def found(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    Path("data").mkdir()
    Path("data/rollcall.db").touch()
    monkeypatch.setattr(rollcall.storage.inspection, "inspect", lambda _: list(findings))


def test_check_prints_every_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, Finding("database", True, "whole; 3 phones"), Finding("key", True, "fits"))
    result = run("check")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines() == ["✓ database  whole; 3 phones", "✓ key       fits"]


def test_check_with_a_fault_is_exit_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, Finding("database", True, "whole"), Finding("journal", False, "damaged"))
    result = run("check")
    assert (result.status, result.err) == (1, "rollcall: something is wrong with: journal\n")
    assert "✕ journal   damaged" in result.out
    assert run("check", "--json").json == {
        "ok": False,
        "items": [
            {"check": "database", "ok": True, "text": "whole"},
            {"check": "journal", "ok": False, "text": "damaged"},
        ],
    }


def test_check_of_nothing_is_exit_1(run: Run) -> None:
    result = run("check")
    assert result.status == 1
    assert "holds no data" in result.err


def test_a_backup_that_cannot_be_read_back_is_one_line(
    run: Run, restored: list[tuple[Path, Path, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Manifest:
        raise BackupError("data is not empty; use --force")

    monkeypatch.setattr(rollcall.storage.backup, "restore_backup", refuse)
    result = run("restore", "kept.tar")
    assert (result.status, result.err) == (1, "rollcall: data is not empty; use --force\n")
