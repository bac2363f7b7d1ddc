"""rollcall under measurement: provisioned once per fleet size, each start on a fresh copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from machine import LOAD_CORE, SERVER_CORE
from pinned import PinnedProcess

FIRST_NUMBER = 1_000_000
# The generator speaks for all phones from one address: the limit per source would refuse it.
UNLIMITED = {"rate_per_source": "0"}


class Rollcall:
    """`rollcall serve`, both processes on the server's core."""

    def __init__(
        self,
        work: Path,
        command: Path,
        store: str = "journal",
        *,
        limits: bool = False,
        port: int = 5070,
    ) -> None:
        self.name = "rollcall" if store == "journal" else f"rollcall-{store}"
        self.port = port
        self._console = f"127.0.0.1:{port + 3000}"
        self._work = work
        self._command = command
        self._store = store
        self._limits = limits
        self._process: PinnedProcess | None = None
        self.data = work / f"{self.name}-{port}"

    def start(self, phones: int) -> None:
        """Start on a fresh copy of a data directory that has this many phones."""
        self.stop()
        template = self._work / f"phones-{phones}-{'limits' if self._limits else 'unlimited'}"
        shutil.rmtree(self.data, ignore_errors=True)
        if not template.exists():
            self._provision(phones, template)
        shutil.copytree(template, self.data)
        self.start_again()

    def start_again(self, cores: str = str(SERVER_CORE)) -> float:
        """Start on the data directory as it is; give the seconds until /health/ready."""
        began = time.monotonic()
        listen = f"udp://127.0.0.1:{self.port}"
        self._process = PinnedProcess(
            [
                *(str(self._command), "serve", "--data-dir", str(self.data), "--listen", listen),
                *("--console", self._console, "--store", self._store),
            ],
            self._work / f"{self.name}.log",
            {"ROLLCALL_ADMIN_PASSWORD": "a long password for the bench"},
            cores,
        )
        self._process.wait_until(self._ready, seconds=60)
        return time.monotonic() - began

    def _provision(self, phones: int, template: Path) -> None:
        """Import the phones as an operator would, and keep the directory for later starts."""
        table = self._work / "phones.csv"
        with table.open("w") as file:
            file.write("number,password\n")
            for number in range(FIRST_NUMBER, FIRST_NUMBER + phones):
                file.write(f"{number},pw{number}\n")
        self.start_again()
        try:
            self.tell("phone", "import", str(table))
            for key, value in () if self._limits else UNLIMITED.items():
                self.tell("param", "set", key, value)
        finally:
            self.stop()
        table.unlink()
        self.data.rename(template)

    def tell(self, *arguments: str) -> str:
        """Run one `rollcall` command on the generator's core, out of the server's way."""
        done = subprocess.run(
            ["taskset", "--cpu-list", str(LOAD_CORE), "nice", str(self._command), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ROLLCALL_DATA_DIR": str(self.data)},
        )
        if done.returncode:
            raise RuntimeError(f"rollcall {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{self._console}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""
        except OSError:
            return 0, ""

    def _ready(self) -> bool:
        return self._get("/health/ready")[0] == 200

    def metrics(self) -> Iterator[tuple[str, float]]:
        """Give each sample of /metrics: its name with labels, and its value."""
        for line in self._get("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                yield name, float(value)

    def running(self) -> PinnedProcess:
        """Give the running server."""
        if self._process is None:
            raise RuntimeError("rollcall is not running")
        return self._process

    def settle(self, seconds: float = 90) -> float:
        """Wait until the server rests (below 5 % of its core); give the seconds it took.

        The control process copies the journal to the database behind the SIP process. What it had
        not done when the load ended shows here.
        """
        began = time.monotonic()
        used = self.cpu_seconds()
        while time.monotonic() - began < seconds:
            time.sleep(1)
            now_used = self.cpu_seconds()
            if now_used - used < 0.05:
                break
            used = now_used
        return time.monotonic() - began

    def memory(self) -> int:
        """Give the PSS of all its processes in bytes."""
        return self.running().memory()

    def cpu_seconds(self) -> float:
        """Give the processor time all its processes have used."""
        return self.running().cpu_seconds()

    def stop(self) -> None:
        """End all its processes in order."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def crash(self) -> None:
        """Kill all its processes at once."""
        self.running().crash()
        self._process = None
