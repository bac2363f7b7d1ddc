"""The few calls through which the journal touches a disk, so that tests can break them."""

import os
from pathlib import Path


class Disk:
    """The real thing. All calls raise `OSError`."""

    def create(self, path: Path) -> int:
        """Create `path`, which must not exist, for writing; gives its descriptor."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def pwrite(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
        """Write at `offset`; gives how many bytes were taken, as the system call does."""
        return os.pwrite(descriptor, data, offset)

    def fdatasync(self, descriptor: int) -> None:
        """Return once all that was written is on the disk."""
        os.fdatasync(descriptor)

    def ftruncate(self, descriptor: int, length: int) -> None:
        """Cut the file to `length` bytes."""
        os.ftruncate(descriptor, length)

    def sync_directory(self, directory: Path) -> None:
        """Make the names of new files durable."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_all(disk: Disk, descriptor: int, data: bytes, offset: int) -> None:
    """Write all of `data`, going on after short writes; raises `OSError`."""
    rest: bytes | memoryview = data
    while rest:
        written = disk.pwrite(descriptor, rest, offset)
        if written <= 0:
            raise OSError(5, "the disk takes no more bytes")
        if written == len(rest):
            return
        rest = memoryview(rest)[written:]
        offset += written
