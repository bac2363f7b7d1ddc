"""Backups that the API sends."""

from pathlib import Path

import pytest

from doubles.control_side import control_side
from rollcall.app.backup_file import PREFIX, make_backup, remove_left_over
from rollcall.storage.errors import BackupError


async def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    async with control_side(tmp_path / "data") as side:
        file = make_backup(side.data)
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent == side.data.places.data_dir
        remove_left_over(file.parent)
        assert not file.exists()


async def test_a_failure_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path, file: Path) -> None:
        file.write_text("half")
        raise BackupError("the disk is full")

    monkeypatch.setattr("rollcall.app.backup_file.write_backup", broken)
    async with control_side(tmp_path / "data") as side:
        answer = await side.admin.get("/backup")
        assert answer.status_code == 503
        assert answer.json()["detail"] == "no backup could be made: the disk is full"
        assert list(side.data.places.data_dir.glob(f"{PREFIX}*")) == []
