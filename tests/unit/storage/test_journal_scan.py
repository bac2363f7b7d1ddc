"""`rollcall.storage.journal_scan`: where a journal ends, and what is damage."""

from pathlib import Path

import pytest

from rollcall.storage.errors import JournalCorruptError, JournalGapError
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import HEADER_SIZE, Position, segment_path
from rollcall.storage.journal_scan import JournalScan, durable_position
from rollcall.storage.watermark import NAME

AHEAD = 1024


def written(folder: Path, *entries: bytes, limit: int = 1 << 20) -> JournalFile:
    """A journal with these entries, closed; the zeros written ahead are cut off."""
    file = JournalFile(folder, Position(), ahead=AHEAD, segment_limit=limit)
    for group, payload in enumerate(entries, 1):
        file.append(payload, group)
    file.close()
    return file


def power_failure(folder: Path) -> None:
    """The shared memory file of the last life is not there, or behind."""
    (folder / NAME).unlink()


def read(scan: JournalScan) -> list[bytes]:
    return [bytes(payload) for _, payload in scan]


@pytest.mark.parametrize("zeros", [0, 4096])
def test_every_truncation_of_the_last_entry_costs_only_that_entry(
    tmp_path: Path, zeros: int
) -> None:
    """With the file ending there, and with zeros written ahead behind it."""
    file = written(tmp_path, b"first", b"second", b"the last one, " * 5)
    power_failure(tmp_path)
    path = segment_path(tmp_path, 1)
    whole = path.read_bytes()
    begin = HEADER_SIZE + 16 + 16
    payload_end = begin + 8 + 14 * 5
    assert file.end.offset == len(whole)
    for cut in range(begin, len(whole)):
        path.write_bytes(whole[:cut] + bytes(zeros))
        scan = JournalScan(tmp_path, Position())
        kept = read(scan)
        if cut >= payload_end:  # only padding was missing
            assert len(kept) == 3
            continue
        assert kept == [b"first", b"second"]
        assert scan.end.offset == begin
        assert (scan.torn is not None) == bool(whole[begin:cut].rstrip(b"\0"))


def test_a_torn_entry_is_told_with_file_offset_and_length(tmp_path: Path) -> None:
    written(tmp_path, b"first", b"second")
    power_failure(tmp_path)
    path = segment_path(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-6])
    scan = JournalScan(tmp_path, Position())
    assert read(scan) == [b"first"]
    assert scan.torn is not None
    assert (scan.torn.path, scan.torn.offset) == (path, HEADER_SIZE + 16)
    assert scan.torn.length == 10


def test_pages_of_the_last_entry_may_reach_the_disk_in_any_order(tmp_path: Path) -> None:
    written(tmp_path, b"first", bytes(range(1, 250)) * 40)
    power_failure(tmp_path)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[HEADER_SIZE + 16 : 4096] = bytes(4096 - HEADER_SIZE - 16)  # its first page is missing
    path.write_bytes(data)
    scan = JournalScan(tmp_path, Position())
    assert read(scan) == [b"first"]
    assert scan.torn is not None


def test_damage_before_a_valid_entry_is_refused(tmp_path: Path) -> None:
    written(tmp_path, b"first", b"second", b"third")
    power_failure(tmp_path)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[HEADER_SIZE + 16 + 9] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalCorruptError) as caught:
        read(JournalScan(tmp_path, Position()))
    assert caught.value.offset == HEADER_SIZE + 16
    assert str(path) in str(caught.value)
    assert "--force" in str(caught.value)


def test_damage_to_the_last_entry_is_refused_when_it_was_flushed(tmp_path: Path) -> None:
    """Torn and damaged look alike; the watermark, which survives a crash of ours, knows."""
    written(tmp_path, b"first", b"second")
    path = segment_path(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(JournalCorruptError, match="flushed"):
        read(JournalScan(tmp_path, Position()))


def test_damage_in_an_older_segment_is_refused(tmp_path: Path) -> None:
    written(tmp_path, bytes([1]) * 400, bytes([2]) * 400, bytes([3]) * 400, limit=500)
    power_failure(tmp_path)
    path = segment_path(tmp_path, 1)
    data = path.read_bytes()
    path.write_bytes(data[:-4] + b"oops")
    with pytest.raises(JournalCorruptError, match="successor counts on it"):
        read(JournalScan(tmp_path, Position()))
    path.write_bytes(data[: HEADER_SIZE + 408])
    with pytest.raises(JournalCorruptError, match="shorter than its successor says"):
        read(JournalScan(tmp_path, Position()))


def test_force_gives_up_what_is_damaged_and_all_behind_it(tmp_path: Path) -> None:
    written(tmp_path, bytes([1]) * 400, bytes([2]) * 400, bytes([3]) * 400, limit=500)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[HEADER_SIZE + 408 + 20] ^= 1
    path.write_bytes(data)
    scan = JournalScan(tmp_path, Position(), force=True)
    assert read(scan) == [bytes([1]) * 400]
    assert scan.damage is not None
    assert (scan.end.segment, scan.end.offset) == (1, HEADER_SIZE + 408)
    file = JournalFile(tmp_path, Position(1, scan.end.offset, 1), ahead=AHEAD)
    file.append(b"anew", 2)
    file.close()
    assert read(JournalScan(tmp_path, Position())) == [bytes([1]) * 400, b"anew"]


def test_begins_behind_a_position(tmp_path: Path) -> None:
    written(tmp_path, b"first", b"second", b"third")
    scan = JournalScan(tmp_path, Position(1, HEADER_SIZE + 16, 1))
    assert read(scan) == [b"second", b"third"]
    assert scan.end.group == 3
    again = JournalScan(tmp_path, scan.end)
    assert read(again) == []
    assert again.end == scan.end


def test_segments_that_are_no_longer_needed_may_be_gone(tmp_path: Path) -> None:
    written(tmp_path, bytes([1]) * 400, bytes([2]) * 400, bytes([3]) * 400, limit=300)
    segment_path(tmp_path, 1).unlink()
    all_of_one = Position(1, HEADER_SIZE + 408, 1)
    assert len(read(JournalScan(tmp_path, all_of_one))) == 2
    with pytest.raises(JournalGapError, match="begins at segment 2"):
        read(JournalScan(tmp_path, Position(1, HEADER_SIZE, 0)))
    with pytest.raises(JournalGapError, match="begins at segment 2"):
        read(JournalScan(tmp_path, Position()))


def test_an_empty_folder_ends_where_the_view_does(tmp_path: Path) -> None:
    scan = JournalScan(tmp_path, Position(4, 900, 12))
    assert read(scan) == []
    assert scan.end == Position(4, 900, 12)


def test_a_segment_whose_header_was_never_whole_does_not_count(tmp_path: Path) -> None:
    written(tmp_path, b"first")
    segment_path(tmp_path, 2).write_bytes(b"RCJO")
    assert read(JournalScan(tmp_path, Position())) == [b"first"]


def test_a_flushed_segment_with_a_broken_header_is_damage(tmp_path: Path) -> None:
    written(tmp_path, b"first")
    path = segment_path(tmp_path, 1)
    path.write_bytes(b"XX" + path.read_bytes()[2:])
    with pytest.raises(JournalCorruptError, match="header"):
        read(JournalScan(tmp_path, Position()))


def test_without_a_watermark_nothing_is_known_as_durable(tmp_path: Path) -> None:
    assert durable_position(tmp_path) is None
    (tmp_path / NAME).touch()
    assert durable_position(tmp_path) is None
