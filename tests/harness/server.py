"""A real `rollcall serve` with its own data directory and ports, for one test."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from harness.patience import eventually
from harness.ports import free_ports
from harness.processes import children, kill_and_wait

ROLLCALL = str(Path(sys.executable).with_name("rollcall"))
ADMIN_PASSWORD = "correct horse battery staple"
START_LIMIT = 60.0
"""Seconds until it must be ready. It takes two; the rest is for a very busy machine."""
STOP_LIMIT = 20.0
"""Seconds until it must have ended. 5 are promised, and have a test of their own; the rest is
for a very busy machine."""

DIE_WITH_THE_TEST = ("setpriv", "--pdeathsig", "KILL")
"""Put before the command, so that a test run that is killed leaves no server behind."""

SIP_PROCESS = "rollcall.app.sip_process"
CONTROL_PROCESS = "rollcall.app.control_process"


class Server:
    """Starts, watches, asks and ends one server. Use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        data_dir: Path | None = None,
    ) -> None:
        """Prepare a server with its log in `folder`; nothing is started yet.

        Its data is in `folder`/data unless `data_dir` says otherwise.
        """
        self.folder = folder
        self.data_dir = data_dir or folder / "data"
        self.log_file = folder / "server.log"
        self.sip_port, self.console_port = free_ports(2)
        self.options = list(options)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ROLLCALL_")}
        self.environment = {
            **inherited,
            "ROLLCALL_DATA_DIR": str(self.data_dir),
            "ROLLCALL_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "ROLLCALL_CONFIG": os.devnull,  # not one that lies about on this machine
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def log(self) -> str:
        """All that it has written, over all its starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @property
    def pid(self) -> int:
        """Process number of the supervisor."""
        assert self.process is not None, "not started"
        return self.process.pid

    @property
    def sip_pid(self) -> int:
        """Process number of the process that answers the phones."""
        return children(self.pid)[SIP_PROCESS]

    @property
    def control_pid(self) -> int:
        """Process number of the process that answers the operators."""
        return children(self.pid)[CONTROL_PROCESS]

    def start(self) -> None:
        """Start, and return once the service manager would be told that it is ready."""
        notify_path = self.folder / "notify"
        notify_path.unlink(missing_ok=True)
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
            self.log_file.open("ab") as log,
        ):
            notify.bind(str(notify_path))
            self.process = subprocess.Popen(
                [*DIE_WITH_THE_TEST, *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self.environment, "NOTIFY_SOCKET": str(notify_path)},
                cwd=self.folder,
                start_new_session=True,
            )
            try:
                self._wait_until_told(notify)
                assert self.ready(), f"says READY, but /health/ready does not\n{self.log}"
            except BaseException:
                self._end_at_once()
                raise

    def command(self) -> list[str]:
        """The command line that is run."""
        address = f"{self.host}:{self.sip_port}"
        return [
            *(ROLLCALL, "serve", "--data-dir", str(self.data_dir)),
            *("--listen", f"udp://{address}", "--listen", f"tcp://{address}"),
            *("--console", f"{self.host}:{self.console_port}", *self.options),
        ]

    def _wait_until_told(self, notify: socket.socket) -> None:
        """Wait for READY=1 (sd_notify(3)); a server that ends meanwhile fails at once."""
        assert self.process is not None
        ended = os.pidfd_open(self.process.pid)
        try:
            told = b""
            while b"READY=1" not in told:
                ready, _, _ = select.select([notify.fileno(), ended], [], [], START_LIMIT)
                if notify.fileno() in ready:
                    told = notify.recv(4096)
                elif ready:
                    raise AssertionError(f"the server ended at its start\n{self.log}")
                else:
                    raise AssertionError(f"not ready within {START_LIMIT} s\n{self.log}")
        finally:
            os.close(ended)

    def ready(self) -> bool:
        """What /health/ready says."""
        try:
            answer = httpx.get(f"http://{self.host}:{self.console_port}/health/ready", timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def stop(self) -> None:
        """End gracefully; raises AssertionError when it takes too long or ends badly."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"not stopped within {STOP_LIMIT} s\n{self.log}") from None
        assert status == 0, f"ended with status {status}\n{self.log}"

    def kill(self) -> None:
        """SIGKILL everything at once, as a power cut would but for the page cache."""
        assert self.process is not None, "not started"
        self._end_at_once()

    def _end_at_once(self) -> None:
        """SIGKILL whatever of it still runs, and wait until it has ended."""
        if self.process is None:
            return
        process, self.process = self.process, None
        family = [*children(process.pid).values()] if process.poll() is None else []
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pid in family:
            kill_and_wait(pid)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `rollcall WORDS...` against this server, whatever its exit status."""
        return subprocess.run(
            [ROLLCALL, *words],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def rollcall(self, *words: str) -> str:
        """Standard output of `rollcall WORDS...`, which must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, f"rollcall {' '.join(words)}: {done.stderr}\n{self.log}"
        return done.stdout

    def listing(self, *words: str) -> list[dict[str, Any]]:
        """Items of a listing command, asked for with --json."""
        document = json.loads(self.rollcall(*words, "--json"))
        items: list[dict[str, Any]] = document["items"] if isinstance(document, dict) else document
        return items

    def api(self) -> httpx.Client:
        """A client of the REST interface with an administrator's rights."""
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.data_dir / "admin.sock")),
            base_url="http://rollcall/api/v1",
            timeout=10,
        )

    def bound(self, number: str) -> list[dict[str, Any]]:
        """What the operator sees bound for `number` now."""
        with self.api() as api:
            answer = api.get("/registrations", params={"phone": number, "limit": 1000})
        answer.raise_for_status()
        return [item for item in answer.json()["items"] if item["status"] != "unregistered"]

    def wait_for_bindings(self, number: str, count: int) -> list[dict[str, Any]]:
        """The operator's view of `number`, once it shows `count` bindings.

        Listings are at most a second behind the phones; the rest is for a busy machine.
        """
        found: list[dict[str, Any]] = []

        def as_wanted() -> bool:
            found[:] = self.bound(number)
            return len(found) == count

        eventually(as_wanted, within=10, what=f"{count} bindings of {number}")
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
            return
        self._end_at_once()  # the test has failed already; leave its words for pytest to show
        print(f"log of the server:\n{self.log}")
