"""`rollcall.storage.journal_format`: bytes of segments and entries."""

from pathlib import Path

import pytest

from doubles.records import event, record
from rollcall.model.record import decode_record, encode_record
from rollcall.storage.errors import JournalError
from rollcall.storage.journal_format import (
    ENTRY_HEADER,
    FORMAT,
    HEADER_SIZE,
    MAGIC,
    MAX_PAYLOAD,
    SegmentHeader,
    decode_group,
    encode_group,
    entry_size,
    pack_entry,
    pack_header,
    segment_numbers,
    segment_path,
    unpack_entry,
    unpack_header,
)

PATH = Path("x.journal")


def test_a_group_comes_back_as_it_was() -> None:
    kept = record("1001", 3)
    changes = [(encode_record(kept), True, (event(),))]
    group = decode_group(encode_group(7, 12.5, 1.7e9, changes, [event("refused")]))
    assert (group.number, group.now, group.wall_minus_now) == (7, 12.5, 1.7e9)
    assert decode_record(group.changes[0].record) == kept
    assert group.changes[0].plain
    assert group.changes[0].events == (event(),)
    assert group.loose == (event("refused"),)


def test_a_header_comes_back_as_it_was() -> None:
    header = SegmentHeader(12, 11, 4096)
    data = pack_header(header)
    assert len(data) == HEADER_SIZE
    assert unpack_header(data, PATH) == header


@pytest.mark.parametrize("position", [0, 9, 20, 39, 41])
def test_a_damaged_header_is_none(position: int) -> None:
    data = bytearray(pack_header(SegmentHeader(12, 11, 4096)))
    data[position] ^= 1
    assert unpack_header(bytes(data), PATH) is None


def test_a_short_header_is_none() -> None:
    assert unpack_header(pack_header(SegmentHeader(1, 0, 0))[:63], PATH) is None
    assert unpack_header(b"", PATH) is None


def test_a_newer_format_is_refused_with_both_numbers() -> None:
    import struct
    from zlib import crc32

    body = struct.pack("<8sIIQQQ", MAGIC, FORMAT + 1, 0, 1, 0, 0)
    data = (body + struct.pack("<I", crc32(body))).ljust(HEADER_SIZE, b"\0")
    with pytest.raises(JournalError, match=rf"format {FORMAT + 1}.*up to {FORMAT}"):
        unpack_header(data, PATH)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 4000])
def test_an_entry_comes_back_and_is_aligned(length: int) -> None:
    payload = bytes(range(256)) * 20
    entry = pack_entry(3, 64, payload[:length])
    assert len(entry) % 8 == 0
    assert len(entry) == entry_size(length)
    found = unpack_entry(memoryview(entry + b"more"), 3, 64)
    assert found is not None
    assert bytes(found) == payload[:length]


def test_an_entry_counts_only_where_it_was_written() -> None:
    entry = memoryview(pack_entry(3, 64, b"payload"))
    assert unpack_entry(entry, 4, 64) is None
    assert unpack_entry(entry, 3, 72) is None


def test_every_changed_bit_is_noticed() -> None:
    entry = pack_entry(3, 64, b"payload!")
    for position in range(len(entry)):
        for bit in range(8):
            damaged = bytearray(entry)
            damaged[position] ^= 1 << bit
            assert unpack_entry(memoryview(damaged), 3, 64) is None


def test_zeros_and_absurd_lengths_are_no_entry() -> None:
    assert unpack_entry(memoryview(bytes(64)), 1, 64) is None
    assert unpack_entry(memoryview(b"abc"), 1, 64) is None
    absurd = (MAX_PAYLOAD + 1).to_bytes(4, "little") + bytes(ENTRY_HEADER)
    assert unpack_entry(memoryview(absurd), 1, 64) is None


def test_segments_are_listed_in_order_and_others_left_alone(tmp_path: Path) -> None:
    for name in ("0000000010.journal", "0000000002.journal", "x.journal", "durable"):
        (tmp_path / name).touch()
    assert segment_numbers(tmp_path) == [2, 10]
    assert segment_path(tmp_path, 10).name == "0000000010.journal"
