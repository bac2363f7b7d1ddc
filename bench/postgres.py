"""A PostgreSQL cluster of our own, on the real disk, for Kamailio's db_mode=1."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

from machine import SERVER_CORE
from pinned import PinnedProcess

# Debian keeps each major version in a folder of its own; the newest is taken.
BINARIES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
SCHEMA = Path("/usr/share/kamailio/postgres")
# As Debian ships it, but for memory and log size; every commit waits for the disk.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "synchronous_commit": "on",
    "fsync": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}


class Postgres:
    """One cluster in `directory`, emptied at each start, run by the system user postgres."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self._process: PinnedProcess | None = None

    @property
    def url(self) -> str:
        """The address in Kamailio's words."""
        return f"postgres://postgres@127.0.0.1:{self.port}/kamailio"

    def start(self) -> None:
        """Make the cluster and Kamailio's tables, and wait until it answers."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        shutil.chown(self.directory, "postgres", "postgres")
        data = self.directory / "data"
        self._as_postgres("initdb", "--auth=trust", "--no-instructions", "-D", str(data))
        options = [f"-c{key}={value}" for key, value in SETTINGS.items()]
        self._process = PinnedProcess(
            [
                *("runuser", "-u", "postgres", "--", str(BINARIES / "postgres"), "-D", str(data)),
                *("-p", str(self.port), "-k", str(self.directory), *options),
            ],
            self.directory.parent / "postgres.log",
        )
        self._process.wait_until(self._answers, pause=0.2)
        self._sql("postgres", "--command", "CREATE DATABASE kamailio")
        for script in ("standard-create.sql", "usrloc-create.sql"):
            self._sql("kamailio", "--file", str(SCHEMA / script))

    def processes(self) -> PinnedProcess:
        """Give the running cluster, to be weighed."""
        if self._process is None:
            raise RuntimeError("PostgreSQL is not running")
        return self._process

    def rows(self) -> int:
        """Count the bindings stored."""
        return int(
            self._sql("kamailio", "--tuples-only", "--command", "SELECT count(*) FROM location")
        )

    def stop(self) -> None:
        """Shut down at once but cleanly, and remove the cluster."""
        if self._process is not None:
            with contextlib.suppress(subprocess.CalledProcessError):
                data = self.directory / "data"
                self._as_postgres("pg_ctl", "stop", "-D", str(data), "-m", "fast", "-w")
            self._process.stop()
            self._process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _answers(self) -> bool:
        command = [str(BINARIES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _sql(self, database: str, *arguments: str) -> str:
        connection = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database)
        options = ("--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1")
        return self._as_postgres("psql", *connection, *options, *arguments)

    def _as_postgres(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [
                *("taskset", "--cpu-list", str(SERVER_CORE)),
                *("runuser", "-u", "postgres", "--", str(BINARIES / program), *arguments),
            ],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        )
        return done.stdout
