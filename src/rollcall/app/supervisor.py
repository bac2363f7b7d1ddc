"""Keeps the SIP process and the control process running, and stops them.

Either is started again when it dies, after 0.1 s at first and up to 5 s when it keeps dying;
the other one is not touched. A process that exits with `FATAL_STATUS` has said itself what a
person must mend: then everything ends.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time

import structlog

from rollcall.app.child import FATAL_STATUS
from rollcall.app.clock import SteadyClock
from rollcall.app.configuration import Settings
from rollcall.app.data_lock import DataLock
from rollcall.app.first_start import Prepared
from rollcall.app.readiness_probe import probe
from rollcall.app.service_notification import notify

CHILDREN = {"sip": "rollcall.app.sip_process", "control": "rollcall.app.control_process"}

PAUSE_FIRST, PAUSE_LAST = 0.1, 5.0
"""Seconds before a process that died is started again; doubled each time."""

SETTLED = 30.0
"""Seconds after which a process counts as healthy and its next death as the first."""

DEATHS_BEFORE_READY = 5
"""A server that has never been ready gives up after so many deaths of one process: it was
started by a person or a unit who should know."""

STOP_WITHIN = 4.5
"""Seconds for a graceful stop; with the killing after it, 5 s are kept."""

CLOCK_SAVED_EVERY = 10.0
"""Seconds. A power cut costs nothing of the time kept, unless the wall clock was set since."""

PROBE_EVERY = 0.05
"""Seconds between looks at whether the server is ready, while it starts."""

_log = structlog.get_logger(__name__)


class Supervisor:
    """One server: two children, until a signal or a fatal end."""

    def __init__(self, settings: Settings, lock: DataLock, prepared: Prepared) -> None:
        self._settings = settings
        self._lock = lock
        self._prepared = prepared
        self._stop = asyncio.Event()
        self._status = 0
        self._is_ready = False
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> int:
        """Run both processes; gives the exit status of the server."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        helpers = [
            asyncio.create_task(self._announce_when_ready()),
            asyncio.create_task(self._save_clock()),
        ]
        watchers = [asyncio.create_task(self._keep_running(name)) for name in CHILDREN]
        await self._stop.wait()
        notify("STOPPING=1")
        for helper in helpers:
            helper.cancel()
        await self._stop_children()
        await asyncio.gather(*watchers, *helpers, return_exceptions=True)
        return self._status

    async def _keep_running(self, name: str) -> None:
        """Start one process again and again, until the server stops."""
        pause = PAUSE_FIRST
        deaths = 0
        while not self._stop.is_set():
            started_at = time.monotonic()
            status = await self._run_once(name)
            if self._stop.is_set():
                return
            if status == FATAL_STATUS:
                self._give_up()
                return
            deaths += 1
            lived = time.monotonic() - started_at
            if lived >= SETTLED:
                pause = PAUSE_FIRST
            if not self._is_ready and deaths >= DEATHS_BEFORE_READY:
                sys.stderr.write(f"rollcall: the {name} process dies again and again; see above\n")
                self._give_up()
                return
            _log.error(
                "process died, starting it again",
                name=name,
                status=status,
                lived_seconds=round(lived, 1),
                pause_seconds=pause,
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
            pause = min(pause * 2, PAUSE_LAST)

    async def _run_once(self, name: str) -> int:
        """Start one process and wait for its end; gives its status."""
        environment = os.environ | {"ROLLCALL_SUPERVISOR": str(os.getpid())}
        environment.pop("ROLLCALL_ADMIN_PASSWORD", None)
        # Not for the children: systemd must hear one voice.
        environment.pop("NOTIFY_SOCKET", None)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "rollcall.app.child",
            CHILDREN[name],
            stdin=asyncio.subprocess.PIPE,
            env=environment,
            pass_fds=(self._lock.file_number,),  # the directory stays locked while a child lives
        )
        self._running[name] = process
        if self._stop.is_set():
            process.terminate()
        if process.stdin is not None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(self._settings.model_dump_json().encode())
                await process.stdin.drain()
            process.stdin.close()
        _log.info("process started", name=name, pid=process.pid)
        try:
            return await process.wait()
        finally:
            self._running.pop(name, None)

    def _give_up(self) -> None:
        self._status = 1
        self._stop.set()

    async def _stop_children(self) -> None:
        """Ask the children to stop; kill what has not stopped in time."""
        running = dict(self._running)
        for process in running.values():
            _signal(process, signal.SIGTERM)
        ends = [asyncio.create_task(process.wait()) for process in running.values()]
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=STOP_WITHIN)
        if late:
            for name, process in running.items():
                if process.returncode is None:
                    _log.warning("process does not stop, killing it", name=name)
                    _signal(process, signal.SIGKILL)
            await asyncio.wait(late)

    async def _announce_when_ready(self) -> None:
        """Wait for the first readiness; then tell people and systemd."""
        while True:
            state = await probe(self._settings.places.admin_socket)
            if state.get("ready"):
                break
            await asyncio.sleep(PROBE_EVERY)
        self._is_ready = True
        from rollcall.app.announcement import announcement  # not before the children started

        listeners = [str(url) for url in state.get("listeners", ())]
        sys.stdout.write(announcement(self._settings, self._prepared, listeners))
        sys.stdout.flush()
        notify("READY=1")

    async def _save_clock(self) -> None:
        clock = SteadyClock.open(self._settings.data_dir)
        while True:
            await asyncio.sleep(CLOCK_SAVED_EVERY)
            try:
                clock.save()
            except OSError as error:
                _log.warning("clock could not be saved", error=str(error))


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
