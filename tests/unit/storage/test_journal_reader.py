"""`rollcall.storage.journal_reader`: following a journal that is being written."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.faulty_disk import FaultyDisk
from doubles.records import event
from rollcall.storage.errors import JournalCorruptError, JournalGapError
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position, encode_group, segment_path
from rollcall.storage.journal_reader import JournalReader

AHEAD = 1024


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[JournalReader]:
    made = JournalReader(tmp_path)
    yield made
    made.close()


def opened(
    folder: Path, end: Position | None = None, limit: int = 1 << 20, disk: FaultyDisk | None = None
) -> JournalFile:
    at = Position() if end is None else end
    return JournalFile(folder, at, ahead=AHEAD, segment_limit=limit, disk=disk)


def append(file: JournalFile, *groups: int) -> None:
    for group in groups:
        file.append(encode_group(group, 1.0, 2.0, (), (event(),) * 3), group)


def numbers(reader: JournalReader, position: Position) -> tuple[list[int], Position]:
    """Read until nothing is left."""
    found: list[int] = []
    while True:
        groups, behind = reader.read(position, 100)
        if behind == position:
            return found, position
        found.extend(group.number for group in groups)
        position = behind


def test_there_is_nothing_before_the_first_start(reader: JournalReader) -> None:
    assert reader.durable() is None
    assert reader.read(Position(), 10) == ([], Position())


def test_follows_what_is_appended(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path)
    append(file, 1, 2)
    found, position = numbers(reader, Position())
    assert found == [1, 2]
    assert position == file.end
    append(file, 3)
    assert numbers(reader, position)[0] == [3]
    file.close()


def test_the_limit_holds(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path)
    append(file, 1, 2, 3)
    groups, position = reader.read(Position(), 2)
    assert [group.number for group in groups] == [1, 2]
    assert position.group == 2
    assert numbers(reader, position)[0] == [3]
    file.close()


def test_goes_on_through_rotation(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path, limit=300)
    append(file, 1)
    _, position = numbers(reader, Position())
    append(file, *range(2, 20))
    assert numbers(reader, position)[0] == list(range(2, 20))
    assert file.end.segment > 3
    file.close()


def test_goes_on_when_the_writer_is_started_again(tmp_path: Path, reader: JournalReader) -> None:
    first = opened(tmp_path)
    append(first, 1)
    _, position = numbers(reader, Position())
    append(first, 2)
    first.close()
    second = opened(tmp_path, first.end)
    assert numbers(reader, position)[0] == [2]
    append(second, 3)
    assert numbers(reader, position)[0] == [2, 3]
    second.close()


def test_never_sees_what_is_not_durable(tmp_path: Path, reader: JournalReader) -> None:
    """A whole, valid entry whose flush failed lies on the disk; it must not be read."""
    disk = FaultyDisk()
    file = opened(tmp_path, disk=disk)
    append(file, 1)
    disk.fail("fdatasync")
    disk.fail("ftruncate")
    with pytest.raises(OSError, match="Input/output"):
        append(file, 2)
    found, position = numbers(reader, Position())
    assert found == [1]
    disk.mend()
    append(file, 2)
    assert numbers(reader, position)[0] == [2]
    assert numbers(reader, Position())[0] == [1, 2]
    file.close()


def test_passes_over_segments_that_were_begun_and_never_used(
    tmp_path: Path, reader: JournalReader
) -> None:
    disk = FaultyDisk()
    file = opened(tmp_path, disk=disk)
    append(file, 1)
    _, position = numbers(reader, Position())
    disk.fail("fdatasync", errno.ENOSPC)
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            append(file, 2)
    disk.mend()
    append(file, 2)
    assert file.end.segment > 2
    assert numbers(reader, position)[0] == [2]
    file.close()


def test_an_entry_longer_than_the_chunk_is_read(
    tmp_path: Path, reader: JournalReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollcall.storage.journal_reader.CHUNK", 64)
    file = opened(tmp_path)
    append(file, 1, 2)
    assert numbers(reader, Position())[0] == [1, 2]
    file.close()


def test_a_missing_segment_is_a_gap(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path, limit=100)
    append(file, 1, 2, 3)
    segment_path(tmp_path, 2).unlink()
    with pytest.raises(JournalGapError, match=r"0000000002\.journal"):
        numbers(reader, Position())
    file.close()


def test_a_beginning_that_is_missing_is_a_gap(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path, limit=100)
    append(file, 1, 2, 3)
    segment_path(tmp_path, 1).unlink()
    with pytest.raises(JournalGapError, match="missing"):
        reader.read(Position(), 10)
    file.close()


def test_a_flushed_entry_that_is_damaged_is_told(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path)
    append(file, 1)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[64 + 12] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalCorruptError, match="byte 64"):
        reader.read(Position(), 10)
    file.close()


def test_a_position_ahead_of_the_journal_waits(tmp_path: Path, reader: JournalReader) -> None:
    file = opened(tmp_path)
    append(file, 1)
    ahead = Position(9, 64, 100)
    assert reader.read(ahead, 10) == ([], ahead)
    file.close()


def test_goes_on_behind_a_segment_that_was_given_up(tmp_path: Path, reader: JournalReader) -> None:
    """After a start with --force the new segment follows an older one than ours."""
    first = opened(tmp_path, limit=100)
    append(first, 1, 2, 3)
    first.close()
    forced = opened(tmp_path, Position(1, 64, 0))
    append(forced, 1)
    found, _ = numbers(reader, Position(2, 64, 1))
    assert found == [1]
    forced.close()


def test_a_follower_of_a_busy_writer_sees_everything_once_in_order(
    tmp_path: Path, reader: JournalReader
) -> None:
    """The two sides share nothing but the files; here they run in two threads."""
    last = 400
    file = opened(tmp_path, limit=4000)
    writer = threading.Thread(target=append, args=(file, *range(1, last + 1)))
    writer.start()
    seen: list[int] = []
    position = Position()
    while position.group < last and (writer.is_alive() or position != file.end):
        groups, position = reader.read(position, 7)
        seen.extend(group.number for group in groups)
    writer.join()
    assert seen == list(range(1, last + 1))
    assert file.end.segment > 10
    file.close()
