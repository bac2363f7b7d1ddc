"""How the journal lies on disk.

A journal is a directory of segments, `NNNNNNNNNN.journal`, numbered upwards. A segment is

    header   64 bytes: magic, format, its number, the number of the segment before it and
             where that one's valid entries end, CRC-32
    entry    8 bytes: length and CRC-32 of the payload; the payload; zeros up to 8 bytes
    entry    ...
    zeros    written ahead, so that appending changes no metadata; a length of 0 is the end

One entry is one group of changes, made durable by one flush. The CRC starts from the segment
number and the offset, so that bytes which lie elsewhere never pass for an entry. Headers of
entries do not straddle a sector (they are aligned to 8 bytes): after a power failure one is
there whole or not at all.

The payload is MessagePack: [group number, now (steady seconds), wall clock minus now, changes,
loose events], a change being [record, plain, events].
"""

from collections.abc import Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

import msgspec

from rollcall.model.event import Event
from rollcall.storage.errors import JournalError

MAGIC = b"RCJOURNL"
FORMAT = 1
HEADER_SIZE = 64
ENTRY_HEADER = 8
SUFFIX = ".journal"

MAX_PAYLOAD = 32 * 1024 * 1024
"""Bytes. A group of 10,000 changes is about 5 MB; anything larger is damage."""

_SEGMENT = Struct("<8sIIQQQ")  # magic, format, spare, number, previous, where that one ends
_SEED = Struct("<QQ")
_ENTRY = Struct("<II")
_CRC = Struct("<I")


class Position(msgspec.Struct, frozen=True, array_like=True, gc=False, order=True):
    """A place between two entries, and the number of the group before it."""

    segment: int = 0
    """0: before everything."""
    offset: int = 0
    group: int = 0


class SegmentHeader(msgspec.Struct, frozen=True, gc=False):
    """What a segment says of itself and of the one before it."""

    number: int
    previous: int
    """0: the first one."""
    previous_end: int


class JournalChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One change as read back; the record is left encoded, see `encode_record`."""

    record: msgspec.Raw
    plain: bool
    events: tuple[Event, ...]


class JournalGroup(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry as read back."""

    number: int
    now: float
    """Steady seconds."""
    wall_minus_now: float
    """Add it to steady seconds to get seconds since 1970."""
    changes: tuple[JournalChange, ...]
    loose: tuple[Event, ...]


_encoder = msgspec.msgpack.Encoder()
_group_decoder = msgspec.msgpack.Decoder(JournalGroup)

decode_group = _group_decoder.decode
"""Payload -> `JournalGroup`; raises `msgspec.DecodeError` or `ValidationError`."""


def encode_group(
    number: int,
    now: float,
    wall_minus_now: float,
    changes: Sequence[tuple[bytes, bool, tuple[Event, ...]]],
    loose: Sequence[Event],
) -> bytes:
    """Build the payload of one entry; records come encoded."""
    raw = msgspec.Raw
    body = [(raw(record), plain, events) for record, plain, events in changes]
    return _encoder.encode((number, now, wall_minus_now, body, loose))


def segment_path(directory: Path, number: int) -> Path:
    """Name the file of segment `number`."""
    return directory / f"{number:010d}{SUFFIX}"


def segment_numbers(directory: Path) -> list[int]:
    """List the segments that exist, in order."""
    stems = (path.name[: -len(SUFFIX)] for path in directory.glob(f"*{SUFFIX}"))
    return sorted(int(stem) for stem in stems if stem.isdecimal())


def pack_header(header: SegmentHeader) -> bytes:
    """Build the first `HEADER_SIZE` bytes of a segment."""
    body = _SEGMENT.pack(MAGIC, FORMAT, 0, header.number, header.previous, header.previous_end)
    return (body + _CRC.pack(crc32(body))).ljust(HEADER_SIZE, b"\0")


def unpack_header(data: bytes, path: Path) -> SegmentHeader | None:
    """Read a segment's header; None when it was never written whole.

    Raises `JournalError` for a journal of a newer format.
    """
    if len(data) < HEADER_SIZE:
        return None
    magic, version, _, number, previous, end = _SEGMENT.unpack_from(data)
    (checksum,) = _CRC.unpack_from(data, _SEGMENT.size)
    if magic != MAGIC or checksum != crc32(data[: _SEGMENT.size]):
        return None
    if version > FORMAT:
        raise JournalError(
            f"{path} has journal format {version}; this rollcall knows up to {FORMAT}."
            " Start the version that wrote it."
        )
    return SegmentHeader(number, previous, end)


def entry_size(payload: int) -> int:
    """Give the bytes an entry with `payload` bytes takes up."""
    return (ENTRY_HEADER + payload + 7) & ~7


def pack_entry(segment: int, offset: int, payload: bytes) -> bytes:
    """Build the entry that goes to `offset` of `segment`."""
    checksum = crc32(payload, crc32(_SEED.pack(segment, offset)))
    size = entry_size(len(payload))
    return (_ENTRY.pack(len(payload), checksum) + payload).ljust(size, b"\0")


def unpack_entry(data: memoryview, segment: int, offset: int) -> memoryview | None:
    """Give the payload of the entry at `offset`, where `data` begins; None: no valid entry."""
    if len(data) < ENTRY_HEADER:
        return None
    length, checksum = _ENTRY.unpack_from(data)
    if not 0 < length <= MAX_PAYLOAD or len(data) < ENTRY_HEADER + length:
        return None
    payload = data[ENTRY_HEADER : ENTRY_HEADER + length]
    if crc32(payload, crc32(_SEED.pack(segment, offset))) != checksum:
        return None
    return payload
