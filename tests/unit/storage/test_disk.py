"""`rollcall.storage.disk`."""

import errno
import os
from pathlib import Path

import pytest

from doubles.faulty_disk import FaultyDisk
from rollcall.storage.disk import Disk, write_all


def test_creates_for_the_owner_only_and_never_twice(tmp_path: Path) -> None:
    disk = Disk()
    path = tmp_path / "file"
    os.close(disk.create(path))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        disk.create(path)


def test_goes_on_after_short_writes(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.short = 3
    descriptor = disk.create(tmp_path / "file")
    write_all(disk, descriptor, b"0123456789", 4)
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"\0\0\0\x000123456789"
    assert disk.steps.count("pwrite") == 4


def test_a_disk_that_takes_nothing_is_an_error(tmp_path: Path) -> None:
    class Stubborn(Disk):
        def pwrite(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
            return 0

    disk = Stubborn()
    descriptor = disk.create(tmp_path / "file")
    with pytest.raises(OSError, match="no more bytes") as caught:
        write_all(disk, descriptor, b"x", 0)
    assert caught.value.errno == errno.EIO
    os.close(descriptor)


def test_makes_names_durable(tmp_path: Path) -> None:
    Disk().sync_directory(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        Disk().sync_directory(tmp_path / "file")
