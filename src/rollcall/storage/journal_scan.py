"""Reading a journal that nobody writes: at the start, and for `rollcall check`.

What may stand where the next entry should be, and what follows from it:

    zeros, or the end of the file     the end
    a broken entry, nothing valid     torn: the machine died while this group was written,
    behind it, not known as durable   so it was never acknowledged; it is cut off
    a broken entry, anything else     damage: an acknowledged group cannot be read; refused

Which segments count is told from the newest backwards: each header names the segment before
it and how far that one is valid.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rollcall.storage.errors import JournalCorruptError, JournalGapError
from rollcall.storage.journal_format import (
    ENTRY_HEADER,
    HEADER_SIZE,
    Position,
    SegmentHeader,
    entry_size,
    segment_numbers,
    segment_path,
    unpack_entry,
    unpack_header,
)
from rollcall.storage.watermark import Watermark


class Torn(msgspec.Struct, frozen=True):
    """A last entry that was never written whole."""

    path: Path
    offset: int
    length: int
    """Bytes from there to the last one that is not zero."""


class Part(msgspec.Struct, frozen=True):
    """What is valid of one segment."""

    number: int
    end: int | None
    """Bytes; None for the newest segment: to be found by reading."""


class JournalScan:
    """Iterates over the payloads behind `start`; afterwards `end`, `torn`, `damage` are known.

    With `force` damage is an end like any other and told in `damage`. Raises
    `JournalCorruptError`, `JournalGapError`, `JournalError` (newer format) and `OSError`.
    """

    def __init__(self, directory: Path, start: Position, *, force: bool = False) -> None:
        self._directory = directory
        self._start = start
        self._force = force
        self._durable = durable_position(directory)
        self.end = start
        self.torn: Torn | None = None
        self.damage: JournalCorruptError | None = None

    def __iter__(self) -> Iterator[tuple[Position, memoryview]]:
        """Give (where the entry begins, payload); groups in the positions count up."""
        parts = chain(self._directory, self._durable)
        for part in self._behind_start(parts):
            begin = HEADER_SIZE
            if part.number == self._start.segment:
                begin = self._start.offset
            yield from self._entries(part, begin)
            if self.damage is not None:
                return

    def _behind_start(self, parts: list[Part]) -> list[Part]:
        """Give the parts that still matter to someone who read up to `start`."""
        start = self._start
        rest = [part for part in parts if part.number >= start.segment]
        if not rest or rest[0].number == start.segment:
            return rest
        header = read_header(segment_path(self._directory, rest[0].number))
        before = 0 if header is None else header.previous
        end = 0 if header is None else header.previous_end
        if before > start.segment or (before == start.segment and end > start.offset):
            raise JournalGapError(
                f"{self._directory} begins at segment {rest[0].number}, but what lies between"
                f" {start.segment} (byte {start.offset}) and it is needed and not there;"
                " restore a backup"
            )
        return rest

    def _entries(self, part: Part, begin: int) -> Iterator[tuple[Position, memoryview]]:
        path = segment_path(self._directory, part.number)
        data = memoryview(read_range(path, begin, part.end))
        at = 0
        while at < len(data):
            payload = unpack_entry(data[at:], part.number, begin + at)
            if payload is None:
                self._judge(path, part, begin, at, data)
                break
            position = Position(part.number, begin + at, self.end.group)
            yield position, payload
            at += entry_size(len(payload))
            self.end = Position(part.number, begin + at, self.end.group + 1)
        else:
            if part.end is not None and begin + at < part.end:
                self._refuse(path, begin + at, "the file is shorter than its successor says")
        self.end = Position(part.number, begin + at, self.end.group)

    def _judge(self, path: Path, part: Part, begin: int, at: int, data: memoryview) -> None:
        """Say what the bytes at `at`, which are no entry, are."""
        offset = begin + at
        durable = self._durable
        if part.end is not None:
            self._refuse(path, offset, "not a valid entry, but its successor counts on it")
        elif durable is not None and (durable.segment, durable.offset) > (part.number, offset):
            self._refuse(path, offset, "not a valid entry, though it was flushed")
        elif (later := _later_entry(data, at, part.number, begin)) is not None:
            self._refuse(path, offset, f"not a valid entry, but there is one at byte {later}")
        elif used := len(bytes(data[at:]).rstrip(b"\0")):
            self.torn = Torn(path, offset, used)

    def _refuse(self, path: Path, offset: int, why: str) -> None:
        error = JournalCorruptError(str(path), offset, why)
        if not self._force:
            raise error
        self.damage = error


def chain(directory: Path, durable: Position | None = None) -> list[Part]:
    """Give the segments that count, oldest first."""
    headers: dict[int, SegmentHeader] = {}
    for number in segment_numbers(directory):
        path = segment_path(directory, number)
        header = read_header(path)
        if header is not None and header.number == number:
            headers[number] = header
        elif durable is not None and number == durable.segment:
            raise JournalCorruptError(str(path), 0, "its header is broken, though it was flushed")
    parts: list[Part] = []
    number = max(headers, default=0)
    end: int | None = None
    while number in headers:
        parts.append(Part(number, end))
        header = headers[number]
        number, end = header.previous, header.previous_end
    return parts[::-1]


def read_header(path: Path) -> SegmentHeader | None:
    """Read a segment's header; None when it was never written whole, or the file is gone."""
    try:
        return unpack_header(read_range(path, 0, HEADER_SIZE), path)
    except FileNotFoundError:
        return None


def read_range(path: Path, begin: int, end: int | None) -> bytes:
    """Read bytes `begin` to `end` (None: to the end of the file); fewer when there are fewer."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size if end is None else end
        parts: list[bytes] = []
        while begin < size:
            part = os.pread(file.fileno(), size - begin, begin)
            if not part:
                break
            parts.append(part)
            begin += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def durable_position(directory: Path) -> Position | None:
    """Give what the last writer published as flushed; None when nothing can be read."""
    try:
        with Watermark(directory) as watermark:
            return watermark.read()
    except (FileNotFoundError, ValueError):  # ValueError: an empty file cannot be mapped
        return None


def _later_entry(data: memoryview, at: int, segment: int, begin: int) -> int | None:
    """Find a valid entry behind `at`; entries begin at multiples of 8 bytes."""
    stop = len(bytes(data).rstrip(b"\0"))
    for offset in range(at + 8, stop - ENTRY_HEADER + 1, 8):
        if unpack_entry(data[offset:], segment, begin + offset) is not None:
            return begin + offset
    return None
