"""Following the journal while it is written: what the control process does.

A follower reads up to the watermark and not a byte further, so it never sees what may still
be taken back. It goes from segment to segment by what the headers say, and does not mind the
writer being restarted: the watermark file stays the same one.
"""

import os
from pathlib import Path

from rollcall.storage.errors import JournalCorruptError, JournalGapError
from rollcall.storage.journal_format import (
    ENTRY_HEADER,
    HEADER_SIZE,
    JournalGroup,
    Position,
    decode_group,
    entry_size,
    segment_path,
    unpack_entry,
)
from rollcall.storage.journal_scan import read_header
from rollcall.storage.watermark import Watermark

CHUNK = 256 * 1024
"""Bytes read at a time, unless one entry is longer: about 600 records, which take 2 MB decoded.
What a process has taken once it mostly keeps."""


class JournalReader:
    """Reads groups behind a position. For one thread; raises `JournalError` and `OSError`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._watermark: Watermark | None = None
        self._open_segment = 0
        self._descriptor = -1

    def durable(self) -> Position | None:
        """Give how far there is something to read; None before the writer's first start."""
        if self._watermark is None:
            try:
                self._watermark = Watermark(self.directory)
            except (FileNotFoundError, ValueError):  # not there yet, or not filled yet
                return None
        return self._watermark.read()

    def reached(self, position: Position) -> bool:
        """Tell whether there is nothing behind `position` at present."""
        durable = self.durable()
        return durable is None or durable.group <= position.group

    def read(self, position: Position, limit: int) -> tuple[list[JournalGroup], Position]:
        """Give at most `limit` groups behind `position`, and the position behind those.

        Fewer when they are large: about `CHUNK` bytes are read at a time.
        """
        durable = self.durable()
        groups: list[JournalGroup] = []
        while durable is not None and not groups:
            if position.segment == durable.segment:
                end = durable.offset
            else:
                following, end = self._following(position, durable)
                if position.offset >= end or position.segment == 0:
                    if following == 0:
                        break
                    position = Position(following, HEADER_SIZE, position.group)
                    continue
            if position.offset >= end:
                break
            position = self._read_segment(position, end, limit, groups)
        return groups, position

    def close(self) -> None:
        """Close what is open."""
        self._close_segment()
        if self._watermark is not None:
            self._watermark.close()
            self._watermark = None

    def _following(self, position: Position, durable: Position) -> tuple[int, int]:
        """Give the segment after `position`'s, and where `position`'s own ends.

        (0, 0) when `position` is ahead of the journal: then there is nothing to read.
        """
        number = durable.segment
        if number < position.segment:
            return 0, 0
        while True:
            header = read_header(segment_path(self.directory, number))
            if header is None:
                raise JournalGapError(
                    f"{segment_path(self.directory, number)} is missing, but rollcall.db has"
                    f" the journal only up to segment {position.segment}; restore a backup"
                )
            if header.previous == position.segment:
                return number, header.previous_end
            if header.previous < position.segment:  # ours was given up; go on behind it
                return number, 0
            number = header.previous

    def _read_segment(
        self, position: Position, end: int, limit: int, groups: list[JournalGroup]
    ) -> Position:
        number, offset, group = position.segment, position.offset, position.group
        data = memoryview(self._bytes(number, offset, min(end, offset + CHUNK)))
        at = 0
        while at < len(data) and len(groups) < limit:
            payload = unpack_entry(data[at:], number, offset + at)
            if payload is None:
                if at == 0 and (longer := self._longer(data, end - offset)):
                    data = memoryview(self._bytes(number, offset, offset + longer))
                    continue
                if at == 0:
                    path = segment_path(self.directory, number)
                    raise JournalCorruptError(str(path), offset, "a flushed entry is not valid")
                break
            read = decode_group(payload)
            groups.append(read)
            group = read.number
            at += entry_size(len(payload))
        return Position(number, offset + at, group)

    @staticmethod
    def _longer(data: memoryview, most: int) -> int:
        """Give the size of the entry that `data` is the beginning of; 0 if it is all there."""
        if len(data) < ENTRY_HEADER:
            size = ENTRY_HEADER
        else:
            size = entry_size(int.from_bytes(data[:4], "little"))
        return size if len(data) < size <= most else 0

    def _bytes(self, number: int, begin: int, end: int) -> bytes:
        if number != self._open_segment:
            self._close_segment()
            path = segment_path(self.directory, number)
            try:
                self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise JournalGapError(f"{path} is needed and not there") from error
            self._open_segment = number
        return os.pread(self._descriptor, end - begin, begin)

    def _close_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._open_segment = -1, 0
