"""A disk that fails when told to, for the journal's tests."""

import errno
import os
from pathlib import Path

from rollcall.storage.disk import Disk


class FaultyDisk(Disk):
    """Works like the real one until one of `create`, `pwrite`, `fdatasync` is given an errno.

    A failing `pwrite` first writes `torn` bytes, as a disk does that is full in the middle.
    `steps` notes what was done, in order.
    """

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}
        self.torn = 0
        self.short = 0
        self.steps: list[str] = []

    def fail(self, call: str, number: int = errno.EIO) -> None:
        """Let `call` fail from now on."""
        self.failing[call] = number

    def mend(self) -> None:
        """Let everything work again."""
        self.failing.clear()

    def create(self, path: Path) -> int:
        self._check("create")
        return super().create(path)

    def pwrite(self, descriptor: int, data: bytes | memoryview, offset: int) -> int:
        if "pwrite" in self.failing and self.torn:
            os.pwrite(descriptor, bytes(data)[: self.torn], offset)
        self._check("pwrite")
        if self.short and len(data) > self.short:
            data = memoryview(data)[: self.short]
        return super().pwrite(descriptor, data, offset)

    def fdatasync(self, descriptor: int) -> None:
        self._check("fdatasync")
        super().fdatasync(descriptor)

    def ftruncate(self, descriptor: int, length: int) -> None:
        self._check("ftruncate")
        super().ftruncate(descriptor, length)

    def _check(self, call: str) -> None:
        self.steps.append(call)
        number = self.failing.get(call)
        if number is not None:
            raise OSError(number, os.strerror(number))
