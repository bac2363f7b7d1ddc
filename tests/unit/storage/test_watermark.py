"""`rollcall.storage.watermark`: what one process publishes, another reads."""

import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.storage.journal_format import Position
from rollcall.storage.watermark import NAME, SIZE, Watermark


def test_a_reader_sees_what_the_writer_published(tmp_path: Path) -> None:
    with Watermark(tmp_path, writable=True) as writer, Watermark(tmp_path) as reader:
        assert reader.read() is None
        for group in range(1, 6):
            writer.publish(Position(1, group * 8, group))
            assert reader.read() == Position(1, group * 8, group)


def test_another_process_sees_it_too(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from rollcall.storage.watermark import Watermark;"
        "print(Watermark(Path(sys.argv[1])).read().group)"
    )
    with Watermark(tmp_path, writable=True) as writer:
        writer.publish(Position(3, 4096, 17))
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == "17"


def test_a_half_written_slot_leaves_the_one_before(tmp_path: Path) -> None:
    with Watermark(tmp_path, writable=True) as writer:
        writer.publish(Position(1, 100, 1))
        writer.publish(Position(1, 200, 2))
        data = bytearray((tmp_path / NAME).read_bytes())
        data[64 + 8] ^= 0xFF  # in the middle of the second slot
        (tmp_path / NAME).write_bytes(data)
        assert writer.read() == Position(1, 100, 1)


def test_reset_forgets_what_was_further_on(tmp_path: Path) -> None:
    with Watermark(tmp_path, writable=True) as writer:
        writer.publish(Position(9, 900, 90))
        writer.publish(Position(9, 901, 91))
        writer.reset(Position(5, 64, 50))
        assert writer.read() == Position(5, 64, 50)
        writer.reset(Position())
        assert writer.read() is None


def test_a_file_of_another_size_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"short")
    with Watermark(tmp_path, writable=True) as writer:
        assert writer.read() is None
    assert (tmp_path / NAME).stat().st_size == SIZE


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Watermark(tmp_path)
