"""Removing what nobody needs of the journal, unless somebody is just reading it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollcall.storage.journal_format import Position, segment_numbers, segment_path


@contextmanager
def kept_whole(directory: Path) -> Iterator[None]:
    """Keep `cut` away for as long as the block runs: recovery and backup read view, then tail."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def cut(directory: Path, position: Position) -> int:
    """Remove the segments that lie wholly before `position`; gives how many.

    For whoever follows the journal, once what it read is itself durable. Removes nothing while
    somebody keeps the journal whole; another time will do. Raises `OSError`.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    removed = 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for number in segment_numbers(directory):
            if number >= position.segment:
                break
            segment_path(directory, number).unlink(missing_ok=True)
            removed += 1
    except BlockingIOError:
        return 0
    finally:
        os.close(descriptor)
    return removed
