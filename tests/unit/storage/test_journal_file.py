"""`rollcall.storage.journal_file`: appending, rotating, and disks that fail."""

import errno
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doubles.faulty_disk import FaultyDisk
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import (
    HEADER_SIZE,
    MAX_PAYLOAD,
    Position,
    segment_numbers,
    segment_path,
)
from rollcall.storage.journal_scan import JournalScan, chain, durable_position

AHEAD = 4096


def payloads(folder: Path) -> list[bytes]:
    """What a recovery would read."""
    return [bytes(payload) for _, payload in JournalScan(folder, Position())]


def opened(folder: Path, disk: FaultyDisk | None = None, limit: int = 1 << 20) -> JournalFile:
    return JournalFile(folder, Position(), disk=disk, ahead=AHEAD, segment_limit=limit)


def test_what_is_appended_can_be_read_back(tmp_path: Path) -> None:
    file = opened(tmp_path)
    for group in range(1, 4):
        file.append(b"group %d" % group, group)
    assert payloads(tmp_path) == [b"group 1", b"group 2", b"group 3"]
    assert file.end.group == 3
    assert durable_position(tmp_path) == file.end
    file.close()


def test_each_append_is_written_then_flushed_then_published(tmp_path: Path) -> None:
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.prepare()
    disk.steps.clear()
    file.append(b"one", 1)
    assert disk.steps == ["pwrite", "fdatasync"]
    assert durable_position(tmp_path) == file.end
    file.close()


def test_synchronous_off_never_flushes(tmp_path: Path) -> None:
    disk = FaultyDisk()
    file = JournalFile(tmp_path, Position(), disk=disk, synchronous="off", ahead=AHEAD)
    file.append(b"one", 1)
    assert "fdatasync" not in disk.steps
    file.close()


def test_closing_cuts_the_zeros_off(tmp_path: Path) -> None:
    file = opened(tmp_path)
    file.append(b"one", 1)
    path = segment_path(tmp_path, 1)
    assert path.stat().st_size == HEADER_SIZE + AHEAD
    file.close()
    assert path.stat().st_size == HEADER_SIZE + 16


def test_zeros_are_written_ahead_before_they_run_out(tmp_path: Path) -> None:
    file = opened(tmp_path)
    for group in range(1, 40):
        file.append(bytes([group]) * 300, group)
        file.prepare()
        assert segment_path(tmp_path, 1).stat().st_size >= file.end.offset + AHEAD // 2
    assert len(payloads(tmp_path)) == 39
    file.close()


def test_full_segments_are_followed_by_new_ones(tmp_path: Path) -> None:
    file = opened(tmp_path, limit=1000)
    for group in range(1, 11):
        file.append(bytes([group]) * 400, group)
    assert segment_numbers(tmp_path) == [1, 2, 3, 4]
    assert [part.number for part in chain(tmp_path)] == [1, 2, 3, 4]
    assert [data[0] for data in payloads(tmp_path)] == list(range(1, 11))
    file.close()


def test_a_new_start_begins_a_new_segment(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(b"one", 1)
    first.close()
    second = JournalFile(tmp_path, first.end, ahead=AHEAD)
    assert durable_position(tmp_path) == first.end
    second.append(b"two", 2)
    assert second.end.segment == 2
    assert payloads(tmp_path) == [b"one", b"two"]
    second.close()


@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_failure_counts_for_nothing_and_is_got_over(
    tmp_path: Path, call: str, number: int
) -> None:
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.append(b"one", 1)
    durable = file.end
    disk.fail(call, number)
    disk.torn = 11
    for _ in range(3):
        with pytest.raises(OSError, match=r"."):
            file.append(b"never acknowledged", 2)
        assert file.end.group == 1
        assert durable_position(tmp_path) == durable
        assert payloads(tmp_path) == [b"one"]
    disk.mend()
    file.append(b"two", 2)
    assert payloads(tmp_path) == [b"one", b"two"]
    assert file.end.group == 2
    file.close()


def test_a_segment_whose_flush_failed_is_never_written_or_flushed_again(tmp_path: Path) -> None:
    """Linux marks pages clean whose write failed; a second flush would lie."""
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.append(b"one", 1)
    disk.fail("fdatasync")
    with pytest.raises(OSError, match="Input/output"):
        file.append(b"never acknowledged", 2)
    failed = segment_path(tmp_path, 1).read_bytes()
    disk.mend()
    file.append(b"two", 2)
    assert segment_path(tmp_path, 1).read_bytes() == failed
    assert file.end.segment > 1
    file.close()


def test_what_a_failed_flush_left_behind_does_not_count(tmp_path: Path) -> None:
    """Not even when the segment could not be cut and holds a whole entry."""
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.append(b"one", 1)
    disk.fail("fdatasync")
    disk.fail("ftruncate")
    with pytest.raises(OSError, match="Input/output"):
        file.append(b"never acknowledged", 2)
    disk.mend()
    file.append(b"two", 2)
    assert b"never acknowledged" in segment_path(tmp_path, 1).read_bytes()
    assert payloads(tmp_path) == [b"one", b"two"]
    file.close()


def test_a_segment_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.fail("create", errno.ENOSPC)
    file = opened(tmp_path, disk)
    with pytest.raises(OSError, match="No space"):
        file.append(b"one", 1)
    disk.mend()
    disk.fail("fdatasync", errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        file.append(b"one", 1)
    assert segment_numbers(tmp_path) == []
    disk.mend()
    file.append(b"one", 1)
    assert payloads(tmp_path) == [b"one"]
    file.close()


def test_a_group_that_could_not_be_read_back_is_refused(tmp_path: Path) -> None:
    file = opened(tmp_path)
    with pytest.raises(OSError, match="too large"):
        file.append(bytes(MAX_PAYLOAD + 1), 1)
    file.append(b"one", 1)
    assert payloads(tmp_path) == [b"one"]
    file.close()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let the kernel refuse writes behind `size` bytes, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_kernel_that_refuses_in_the_middle_of_a_write(tmp_path: Path) -> None:
    """No stand-in: the first write is short, the next fails with EFBIG."""
    file = JournalFile(tmp_path, Position(), ahead=1024)
    file.append(b"one" * 100, 1)
    with file_size_limit(file.end.offset + 1000):
        with pytest.raises(OSError, match="File too large"):
            file.append(bytes(2000), 2)
        assert payloads(tmp_path) == [b"one" * 100]
    file.append(b"two", 2)
    assert payloads(tmp_path) == [b"one" * 100, b"two"]
    file.close()


def test_zeros_that_find_no_room_keep_nobody_from_appending(tmp_path: Path) -> None:
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.append(bytes(3000), 1)
    disk.fail("pwrite", errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        file.prepare()
    disk.mend()
    file.append(b"two", 2)
    assert file.end.segment == 1
    file.close()


def test_zeros_whose_flush_failed_end_the_segment(tmp_path: Path) -> None:
    disk = FaultyDisk()
    file = opened(tmp_path, disk)
    file.append(bytes(3000), 1)
    disk.fail("fdatasync")
    with pytest.raises(OSError, match="Input/output"):
        file.prepare()
    disk.mend()
    file.append(b"two", 2)
    assert file.end.segment == 2
    assert payloads(tmp_path) == [bytes(3000), b"two"]
    file.close()


def test_what_a_killed_writer_left_is_flushed_before_it_counts(tmp_path: Path) -> None:
    """It may have been killed between write and flush; then a power cut could take it back."""
    file = opened(tmp_path)
    file.append(b"one", 1)
    end = file.end
    file.close()
    disk = FaultyDisk()
    JournalFile(tmp_path, end, disk=disk, ahead=AHEAD).close()
    assert disk.steps[0] == "fdatasync"
    disk.fail("fdatasync")
    (tmp_path / "durable").unlink()
    with pytest.raises(OSError, match="Input/output"):
        JournalFile(tmp_path, end, disk=disk, ahead=AHEAD)
    assert durable_position(tmp_path) is None


def test_the_end_may_lie_in_a_segment_that_was_cut_away(tmp_path: Path) -> None:
    file = JournalFile(tmp_path, Position(3, 4711, 9), ahead=AHEAD)
    file.append(b"ten", 10)
    assert file.end.segment == 4
    file.close()
