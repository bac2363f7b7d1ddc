"""Looking at, waiting for and ending processes, always by number."""

import os
import select
import signal
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> dict[str, int]:
    """Direct children of `pid`: the module they run (or their program) -> their pid."""
    found: dict[str, int] = {}
    listing = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    for child in map(int, listing.split()):
        words = command_of(child)
        name = words[-1] if "-m" in words[:-1] else " ".join(words[:1])
        found[name] = child
    return found


def command_of(pid: int) -> list[str]:
    """Words of the command line; empty when the process is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    return []


def kill_and_wait(pid: int, *, within: float = 5.0) -> None:
    """SIGKILL `pid`, a child of another process, and wait until it has ended."""
    with suppress(ProcessLookupError):
        watch = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(watch, signal.SIGKILL)
            ended, _, _ = select.select([watch], [], [], within)
            if not ended:
                raise AssertionError(f"process {pid} survived SIGKILL for {within} s")
        finally:
            os.close(watch)
