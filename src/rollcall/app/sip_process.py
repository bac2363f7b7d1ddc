"""The process that touches phones: transport, engine and journal in one event loop.

It reads phones and parameters from rollcall.db and writes nothing but the journal. It waits
for nobody: when the control process is gone, registering goes on.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_network
from typing import Any

import structlog
import uvloop

from rollcall.app.child import FatalStartError
from rollcall.app.clock import SteadyClock
from rollcall.app.command_socket import CommandServer
from rollcall.app.configuration import Settings
from rollcall.app.first_start import REALM_SETTING
from rollcall.app.logging import configure_logging
from rollcall.app.sip_commands import SipCommands
from rollcall.engine.edges import TrustedEdges
from rollcall.engine.engine import Engine
from rollcall.guard.admission import Admission
from rollcall.guard.authentication import Authenticator
from rollcall.guard.nonce import NonceMint
from rollcall.model.phone import Network
from rollcall.registrar.request import Domains
from rollcall.sip.memo import memo_statistics
from rollcall.storage.connection import connect_reader
from rollcall.storage.directory import SqliteDirectory
from rollcall.storage.errors import JournalGapError, StorageError
from rollcall.storage.journal import JournalLocation
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.memory import MemoryLocation
from rollcall.storage.record_table import RecordTable
from rollcall.storage.recovery import Recovery, recover
from rollcall.storage.secrets import SecretBox, read_or_make_key
from rollcall.storage.view import View
from rollcall.storage.view_loader import Progress, ViewLoader
from rollcall.transport.service import TransportService, TransportSettings

TICK = 0.25
"""Seconds between looks for what has ended: expiry is on time within 1 s."""

LOAD_AFTER = 1.0
"""Seconds from listening until the rest is loaded from rollcall.db: the control process, which
shares the processor, is up first. Phones do not notice; see `rollcall.storage.recovery`."""

RECOVERY_ATTEMPTS = 5
"""The control process may cut journal segments away while they are about to be read here; by
then what they held is in rollcall.db, so reading both again succeeds."""

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep the interpreter when another wants it: the journal's writer
comes back from a flush into a busy loop, and every answer waits for it."""

STOP_WITHIN = 2.0
"""Seconds for the last group and the last answers when the server stops."""

_log = structlog.get_logger("rollcall.sip_process")


class SipProcess:
    """Joins the parts of the SIP process and runs them until a signal."""

    def __init__(self, settings: Settings) -> None:
        """Read what is on disk. Raises `FatalStartError` for what only a person can mend."""
        self._settings = settings
        places = settings.places
        self._clock = SteadyClock.open(settings.data_dir)
        self._table = RecordTable()
        self._view = View(places.database)
        self._loader: ViewLoader | None = None
        try:
            self._recovery = self._recover()
            self._box = SecretBox.open(places.secrets_key, in_use=True)
            self._nonce_key = read_or_make_key(places.nonce_key)
            connection = connect_reader(places.database)
            try:
                row = connection.execute(
                    "SELECT value FROM setting WHERE key = ?", (REALM_SETTING,)
                ).fetchone()
            finally:
                connection.close()
        except StorageError as error:
            raise FatalStartError(str(error)) from error
        self._realm: str = row[0]

    def _recover(self) -> Recovery | None:
        places = self._settings.places
        if self._settings.store == "memory":
            return None
        for attempt in range(1, RECOVERY_ATTEMPTS + 1):
            try:
                recovery = recover(
                    self._view, places.journal, self._table, force=self._settings.force
                )
            except JournalGapError:
                if attempt == RECOVERY_ATTEMPTS:
                    raise
                self._table = RecordTable()
                continue
            _log.info("journal_read", records=recovery.records, groups=recovery.groups)
            return recovery
        return None

    async def run(self) -> None:
        """Serve until SIGTERM."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        self._location = self._open_location(loop)
        self._directory = SqliteDirectory(
            self._settings.places.database,
            self._box,
            self._realm,
            loop.call_soon_threadsafe,
            shared_aor=self._location.shared,
        )
        self._mint = NonceMint(self._nonce_key, 300.0)
        edges = tuple(map(_network, self._settings.trusted_edges))
        self._admission = Admission(trusted=edges)
        self._engine = Engine(
            location=self._location,
            directory=self._directory,
            admission=self._admission,
            authenticator=Authenticator(self._mint, self._realm, self._nonce_key),
            domains=Domains(self._settings.domains),
            serial=self._first_serial(),
            to_wall=self._clock.to_wall,
            to_tag_key=self._nonce_key,
            edges=TrustedEdges(edges) if edges else None,
            later=loop.call_later if self._recovery is not None else None,
        )
        self._apply_parameters()
        self._first_connection = self._first_serial()
        if self._recovery is not None:
            # Made before the first phone is heard: it must know of every record that is fetched.
            self._loader = ViewLoader(
                self._view, self._table, loop.call_soon_threadsafe, self._flows_lost
            )
        self._transport = TransportService(
            self._engine,
            self._clock.now,
            TransportSettings(
                listen=self._settings.listen,
                connections=self._settings.tcp_connections,
                connections_per_source=self._settings.tcp_connections_per_source,
                trusted=self._settings.trusted_edges,
                first_connection=self._first_connection,
            ),
        )
        try:
            await self._transport.start()
        except OSError as error:
            raise FatalStartError(str(error)) from error
        if self._loader is not None and self._recovery is not None:
            self._flows_lost(self._recovery.stream_aors)
            loop.call_later(LOAD_AFTER, self._loader.start)
        commands = CommandServer(self._settings.places.command_socket, self._commands())
        await commands.start()
        ticking = asyncio.create_task(self._tick())
        gc.collect()
        gc.freeze()
        _log.info("listening", listeners=self._transport.listeners())
        await stop.wait()
        ticking.cancel()
        await self._finish(commands)

    def _flows_lost(self, aors: Sequence[str]) -> None:
        """Mark bindings whose connections were those of the process before this one."""
        self._engine.flows_lost_at_restart(aors, self._clock.now(), self._first_connection)

    def _first_serial(self) -> int:
        """Higher than every binding id and connection number given out before.

        The steady clock in microseconds runs ahead of what a server can hand out, and never
        goes back; what recovery found is the safety net for a lost clock file.
        """
        highest = self._recovery.highest_binding_id if self._recovery is not None else 0
        return max(highest + 1, int(self._clock.now() * 1_000_000))

    def _open_location(self, loop: asyncio.AbstractEventLoop) -> JournalLocation | MemoryLocation:
        if self._recovery is None:
            return MemoryLocation(self._table)
        file = JournalFile(
            self._settings.places.journal,
            self._recovery.end,
            synchronous=self._settings.synchronous,
        )
        return JournalLocation(self._table, file, self._clock, loop.call_soon_threadsafe)

    def _commands(self) -> SipCommands:
        return SipCommands(
            self._engine,
            self._directory,
            self._clock.now,
            lambda: self._location.durable_group,
            self._reload_parameters,
            self._status,
            self._transport.close_connection,
        )

    def _reload_parameters(self) -> None:
        self._directory.invalidate_all()
        self._apply_parameters()

    def _apply_parameters(self) -> None:
        values = self._directory.parameters()
        self._mint.lifetime = float(str(values["auth_timeout"]))
        self._admission.set_rates(
            float(str(values["rate_per_source"])), float(str(values["rate_total"]))
        )

    def _status(self) -> dict[str, Any]:
        loading = Progress(0, 0, True) if self._loader is None else self._loader.progress
        return {
            "ready": True,
            "recovered": loading.done,
            "loading": None if loading.done else loading,
            "aors": len(self._location),
            "group": self._location.durable_group,
            "listeners": self._transport.listeners(),
            "counters": self._counters(),
        }

    def _counters(self) -> dict[str, int]:
        engine = self._engine
        counters = {
            "messages_received": engine.received,
            "messages_unanswerable": engine.unanswerable,
            "messages_parked": engine.parking.count,
            "parking_dropped": engine.parking.dropped,
            "groups": engine.group.groups,
            "groups_failed": engine.group.failed_groups,
            "largest_group": engine.group.largest_group,
            "phones_cached": len(self._directory),
            "sources": self._admission.sources,
            "sources_refused": self._admission.refused_by_source,
            "total_refused": self._admission.refused_in_total,
        }
        for status, count in engine.answerer.sent.items():
            counters[f"answers_{status}"] = count
        for reason, count in engine.refusals.counts.items():
            if count:
                counters[f"refused_{reason}"] = count
        for memo, (hits, misses) in memo_statistics().items():
            counters[f"memo_{memo}_hits"] = hits
            counters[f"memo_{memo}_misses"] = misses
        for name, count in self._transport.counters().items():
            counters[f"transport_{name}"] = count
        return counters

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                self._engine.tick(self._clock.now())
            except Exception:  # noqa: BLE001  one bad record must not stop the expiry of all
                _log.exception("tick failed")

    async def _finish(self, commands: CommandServer) -> None:
        """Answer nothing new, write what is gathered, let its answers leave, and close."""
        self._transport.stop_reading()
        self._engine.drained(self._clock.now())
        try:
            async with asyncio.timeout(STOP_WITHIN):
                while not self._engine.group.idle:  # noqa: ASYNC110  the end needs no event
                    await asyncio.sleep(0.005)
        except TimeoutError:
            _log.warning("stopped before the last group was written")
        await commands.stop()
        await self._transport.stop()
        if self._loader is not None:
            self._loader.stop()
        self._directory.close()
        if isinstance(self._location, JournalLocation):
            self._location.close()
        _log.info("stopped")


def _network(text: str) -> Network:
    return Network(str(ip_network(text, strict=False)))


def main(settings: Settings) -> None:
    """Run the SIP process with `settings`."""
    configure_logging(settings.log_level, settings.log_format, process="sip")
    sys.setswitchinterval(SWITCH_INTERVAL)
    # Records are bytes and wire values hold no cycles: collecting seldom loses nothing.
    gc.set_threshold(50_000, 50, 100)
    process = SipProcess(settings)
    with asyncio.Runner(loop_factory=partial(uvloop.new_event_loop)) as runner:
        runner.run(process.run())
