"""How far the journal is durable, told by its writer to its followers in shared memory.

`journal/durable` is 4 KiB, mapped by both sides: two slots, written in turn, each with a
CRC-32, so that a reader always finds one that is whole. It is written after a flush and
never names anything that is not on the disk; after a power failure it may be behind, which
is harmless: the writer sets it anew when it starts.
"""

import mmap
import os
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import Self
from zlib import crc32

from rollcall.storage.journal_format import Position

NAME = "durable"
SIZE = 4096
_SLOT = Struct("<QQQI")
_VALUES = Struct("<QQQ")
_SECOND = 64  # the slots lie in different cache lines
_ATTEMPTS = 8


class Watermark:
    """One side's view of the file; the writer's creates it. Raises `OSError`."""

    def __init__(self, directory: Path, *, writable: bool = False) -> None:
        flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
        descriptor = os.open(directory / NAME, flags | os.O_CLOEXEC, 0o600)
        try:
            if writable and os.fstat(descriptor).st_size != SIZE:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, bytes(SIZE), 0)
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            self._map = mmap.mmap(descriptor, SIZE, access=access)
        finally:
            os.close(descriptor)
        self._turn = 0

    def publish(self, position: Position) -> None:
        """Say that everything up to `position` is on the disk."""
        values = _VALUES.pack(position.segment, position.offset, position.group)
        slot = _SECOND if self._turn else 0
        self._map[slot : slot + _SLOT.size] = values + crc32(values).to_bytes(4, "little")
        self._turn = 1 - self._turn

    def reset(self, position: Position) -> None:
        """Forget what an earlier life published; say `position` instead (segment 0: nothing)."""
        self._map[:] = bytes(SIZE)
        self._turn = 0
        if position.segment:
            self.publish(position)

    def read(self) -> Position | None:
        """Give how far the journal is durable; None when nobody has said so yet."""
        for _ in range(_ATTEMPTS):
            found = [position for slot in (0, _SECOND) if (position := self._slot(slot))]
            if found:
                return max(found)
        return None

    def close(self) -> None:
        """Give the mapping back."""
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _slot(self, slot: int) -> Position | None:
        data = self._map[slot : slot + _SLOT.size]
        segment, offset, group, checksum = _SLOT.unpack(data)
        if not segment or crc32(data[: _VALUES.size]) != checksum:
            return None
        return Position(segment, offset, group)
