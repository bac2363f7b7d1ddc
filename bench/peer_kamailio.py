"""Kamailio as a peer: one worker in memory, or eight with PostgreSQL behind them."""

from __future__ import annotations

import shutil
from pathlib import Path

from pinned import PinnedProcess
from postgres import Postgres

CONFIGURATION = Path(__file__).resolve().parent / "kamailio" / "kamailio.cfg"
SHARED_MEGABYTES = 2048
PRIVATE_MEGABYTES = 16


class Kamailio:
    """Kamailio with in-memory usrloc and one UDP worker."""

    def __init__(self, work: Path, port: int = 5090) -> None:
        self.name = "kamailio"
        self.port = port
        self._work = work
        self._process: PinnedProcess | None = None

    def start(self, phones: int) -> None:
        """Start empty: passwords follow from the numbers, so there is nothing to provision."""
        del phones
        self._launch(workers=1)

    def _launch(self, workers: int, *definitions: str) -> None:
        # The location table is written to this directory on exit, and would be found again.
        run = self._work / "kamailio"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(parents=True)
        self._process = PinnedProcess(
            [
                *("kamailio", "-f", str(CONFIGURATION), "-DD", "-w", str(run), "-Y", str(run)),
                *("-A", f"PORT={self.port}", "-A", f"WORKERS={workers}", *definitions),
                *("-m", str(SHARED_MEGABYTES), "-M", str(PRIVATE_MEGABYTES)),
            ],
            self._work / f"{self.name}.log",
        )
        self._process.wait_until(self._listens)

    def _listens(self) -> bool:
        needle = f"0100007F:{self.port:04X} "
        bound = any(needle in line for line in Path("/proc/net/udp").read_text().splitlines())
        # The socket is bound before the workers are forked.
        return bound and len(self.running().processes()) > 3

    def running(self) -> PinnedProcess:
        """Give the running server."""
        if self._process is None:
            raise RuntimeError("Kamailio is not running")
        return self._process

    def memory(self) -> int:
        """Give the PSS of all its processes in bytes."""
        return self.running().memory()

    def cpu_seconds(self) -> float:
        """Give the processor time all its processes have used."""
        return self.running().cpu_seconds()

    def stop(self) -> None:
        """End all its processes."""
        if self._process is not None:
            self._process.stop()
            self._process = None


class KamailioOnPostgres(Kamailio):
    """Kamailio writing each binding through to PostgreSQL (db_mode=1), with eight workers."""

    def __init__(self, work: Path, port: int = 5090) -> None:
        super().__init__(work, port)
        self.name = "kamailio-db"
        self._postgres = Postgres(work / "postgres", port + 400)

    def start(self, phones: int) -> None:
        """Start on an empty database."""
        del phones
        self._postgres.start()
        # -A NAME=VALUE is textual: the value brings its own quotes.
        self._launch(8, "-A", "DATABASE", "-A", f'DATABASE_URL="{self._postgres.url}"')

    def rows(self) -> int:
        """Count the bindings in the database."""
        return self._postgres.rows()

    def memory(self) -> int:
        """Give the PSS of Kamailio and PostgreSQL together."""
        return super().memory() + self._postgres.processes().memory()

    def cpu_seconds(self) -> float:
        """Give the processor time of Kamailio and PostgreSQL together."""
        return super().cpu_seconds() + self._postgres.processes().cpu_seconds()

    def stop(self) -> None:
        """End both."""
        super().stop()
        self._postgres.stop()
