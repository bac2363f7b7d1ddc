"""A server under measurement: started on its core, weighed, stopped with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from machine import SERVER_CORE, pinned, prefer

TICKS = os.sysconf("SC_CLK_TCK")


class StartError(RuntimeError):
    """A server did not come up; carries the end of what it said."""


class PinnedProcess:
    """One command and its descendants, all on the server's core."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        cores: str = str(SERVER_CORE),
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                pinned(cores, *command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if environment is None else {**os.environ, **environment},
                start_new_session=True,
            )
        prefer(self._process.pid)

    def wait_until(
        self, ready: Callable[[], bool], seconds: float = 30, pause: float = 0.02
    ) -> None:
        """Return once `ready` says so; raise StartError if it never does or the process ends."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-1500:]
                raise StartError(f"not ready: {self._process.args!r}\n{said}")
            time.sleep(pause)

    def processes(self) -> list[int]:
        """List the process ids of the whole tree, children after their parents."""
        found = [self._process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found.extend(int(child) for child in task.read_text().split())
                except FileNotFoundError:
                    continue
        return found

    def memory(self) -> int:
        """Give the proportional set size (PSS) of the whole tree in bytes: shared pages once."""
        total = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def cpu_seconds(self) -> float:
        """Give the processor time the whole tree has used until now."""
        ticks = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def stop(self, seconds: float = 20) -> None:
        """Ask the process to end and wait for it; what is left after `seconds` is killed."""
        self._end(signal.SIGTERM, seconds)

    def crash(self) -> None:
        """Kill every process of the tree at once, as a power cut would."""
        self._end(signal.SIGKILL, 20)

    def _end(self, how: signal.Signals, seconds: float) -> None:
        if self._process.poll() is not None:
            return
        everyone = self.processes()
        for pid in everyone if how is signal.SIGKILL else everyone[:1]:
            _send(pid, how)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in everyone:
                _send(pid, signal.SIGKILL)
            self._process.wait()


def _send(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
