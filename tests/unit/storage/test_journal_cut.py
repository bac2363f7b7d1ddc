"""`rollcall.storage.journal_cut`: removing segments, and keeping others from it."""

from pathlib import Path

from rollcall.storage.journal_cut import cut, kept_whole
from rollcall.storage.journal_format import Position, segment_numbers, segment_path


def segments(folder: Path, *numbers: int) -> None:
    for number in numbers:
        segment_path(folder, number).touch()


def test_removes_only_what_lies_wholly_before(tmp_path: Path) -> None:
    segments(tmp_path, 1, 2, 3, 4)
    assert cut(tmp_path, Position(3, 64, 10)) == 2
    assert segment_numbers(tmp_path) == [3, 4]
    assert cut(tmp_path, Position(3, 9999, 10)) == 0


def test_removes_nothing_while_somebody_reads(tmp_path: Path) -> None:
    segments(tmp_path, 1, 2)
    with kept_whole(tmp_path), kept_whole(tmp_path):
        assert cut(tmp_path, Position(2, 64, 1)) == 0
        assert segment_numbers(tmp_path) == [1, 2]
    assert cut(tmp_path, Position(2, 64, 1)) == 1
