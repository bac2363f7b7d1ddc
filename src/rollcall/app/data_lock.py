"""The lock on a data directory: one server, or one command, at a time.

The lock is flock(2) on DATA_DIR/lock, so it is gone when its holder is, however that died.
The supervisor's children inherit the open file: as long as one of them lives, nobody else
gets in.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rollcall.app.places import DataDirError, Places

WAIT = 2.0
"""Seconds a newcomer waits for a holder that is just ending: a killed server's children need
some milliseconds, a short command rarely more than a second."""

_PAUSE = 0.05


class InUseError(DataDirError):
    """Somebody else uses the data directory; the message names the process."""


class DataLock:
    """Holds the lock until `close`, or the end of the process."""

    def __init__(self, places: Places, file_number: int) -> None:
        self.places = places
        self.file_number = file_number

    @classmethod
    def take(cls, places: Places, what: str, wait: float | None = None) -> Self:
        """Lock the directory for `what` (shown to others); raises `InUseError`.

        `wait`: seconds to wait for who has it now; `WAIT` when None.
        """
        file_number = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up = time.monotonic() + (WAIT if wait is None else wait)
        while True:
            try:
                fcntl.flock(file_number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    os.close(file_number)
                    raise InUseError(_in_use(places.lock)) from None
                time.sleep(_PAUSE)
        os.ftruncate(file_number, 0)
        os.pwrite(file_number, f"{os.getpid()} {what}\n".encode(), 0)
        return cls(places, file_number)

    def close(self) -> None:
        """Let others in, unless a child still holds the same open file."""
        if self.file_number >= 0:
            os.close(self.file_number)
            self.file_number = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _in_use(lock: Path) -> str:
    """Who holds it, as he wrote it into the file."""
    try:
        number, _, what = lock.read_text(encoding="utf-8").strip().partition(" ")
    except OSError:
        number, what = "", ""
    holder = f"process {number} ({what})" if number.isdigit() else "another process"
    return f"data directory {lock.parent} is in use by {holder}"
