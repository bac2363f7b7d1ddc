"""The house as the API knows it: threads for the database, commands for the SIP process."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError, SQLAlchemyError

from rollcall.api.ports import Kick, UnavailableError
from rollcall.app.command_socket import (
    TIME_OUT,
    CommandClient,
    CommandError,
    Reply,
    UnreachableError,
)
from rollcall.app.control_data import ControlData
from rollcall.app.follower import Follower
from rollcall.model.administration import PendingCommand
from rollcall.model.administration_ports import Queries, Repositories
from rollcall.storage.errors import StorageError
from rollcall.storage.repositories import open_repositories

SHOWN_WITHIN = 2.0
"""Seconds a change waits until listings show it; the copy is usually 50 ms behind."""

STATUS_KEPT = 0.2
"""Seconds for which the SIP process' status is not asked for again."""

AT_ONCE = 100
"""Commands under way at a time: they share disk flushes, and the socket stays responsive."""

RETRY_PENDING_EVERY = 2.0
"""Seconds between attempts to deliver commands that could not be carried out."""

ResultT = TypeVar("ResultT")

_log = structlog.get_logger(__name__)


class ControlHouse:
    """`rollcall.api.ports.House` of a data directory."""

    def __init__(
        self,
        data: ControlData,
        make_backup: Callable[[], Path],
        client: CommandClient | None = None,
    ) -> None:
        """Without `client` there is no server: see `rollcall.app.offline`."""
        self._data = data
        self._make_backup = make_backup
        self._client = client
        self._follower: Follower | None = None
        self._delivering = asyncio.Lock()
        self._has_pending = True  # some may be left from before the start
        self._status: Reply = {}
        self._status_until = 0.0
        self._asking = asyncio.Lock()

    def follow(self, follower: Follower) -> None:
        """Wait for `follower` where a change shall be visible."""
        self._follower = follower

    @property
    def queries(self) -> Queries:
        """For streams that read piece by piece, in a thread."""
        return self._data.queries

    @property
    def realm(self) -> str:
        """Realm of the system."""
        return self._data.realm

    def now(self) -> float:
        """Steady seconds."""
        return self._data.clock.now()

    def wall(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    async def read(self, work: Callable[[Queries], ResultT]) -> ResultT:
        """What `work` gives, called in a thread for reading. Raises `UnavailableError`."""
        loop = asyncio.get_running_loop()
        with _as_unavailable():
            return await loop.run_in_executor(self._data.readers, work, self._data.queries)

    async def write(self, work: Callable[[Repositories], ResultT]) -> ResultT:
        """What `work` gives, in one transaction; the change is in effect after that.

        Raises `UnavailableError`, and then nothing has changed.
        """

        def in_transaction() -> tuple[ResultT, bool]:
            with open_repositories(self._data.engine, self._data.box) as repositories:
                result = work(repositories)
                return result, bool(repositories.pending())

        with _as_unavailable():
            result, has_pending = await self.in_writer(in_transaction)
        if has_pending:
            self._has_pending = True
            await self.deliver()
        return result

    async def in_writer(self, work: Callable[[], ResultT]) -> ResultT:
        """What `work` gives, called in the one thread that writes the database."""
        return await asyncio.get_running_loop().run_in_executor(self._data.writer, work)

    async def caught_up(self) -> None:
        """Wait until listings show all that phones have been answered until now."""
        with contextlib.suppress(CommandError):  # down: then nobody has been answered since
            status = await self._call("status")
            await self._wait_shown(int(status.get("group", 0)))

    async def kick(self, kicks: Sequence[Kick]) -> None:
        """End bindings; returns when listings show it. Raises `UnavailableError`."""
        for start in range(0, len(kicks), AT_ONCE):
            part = kicks[start : start + AT_ONCE]
            replies = await asyncio.gather(*(self._kick(one) for one in part))
            group = max(replies, default=0)
            if start + AT_ONCE >= len(kicks):
                await self._wait_shown(group)

    async def deliver(self) -> None:
        """Send the pending commands to the SIP process, as far as it can be reached."""
        if self._client is None:
            return
        async with self._delivering:
            while self._has_pending and self._client.is_connected:
                commands = await self.in_writer(self._pending)
                self._has_pending = len(commands) > AT_ONCE
                done = await self._send(commands[:AT_ONCE])
                if done:
                    await self.in_writer(partial(self._remove_pending, done))
                if len(done) < len(commands[:AT_ONCE]):
                    self._has_pending = True
                    return

    async def run_deliveries(self) -> None:
        """Try again and again to deliver what could not be delivered, until cancelled."""
        while True:
            with contextlib.suppress(SQLAlchemyError):  # logged by the follower
                await self.deliver()
            await asyncio.sleep(RETRY_PENDING_EVERY)

    async def status(self) -> Reply:
        """Status of the SIP process, at most `STATUS_KEPT` old; empty when it is not there."""
        async with self._asking:
            if time.monotonic() >= self._status_until:
                try:
                    self._status = await self._call("status", time_out=1.0)
                except CommandError:
                    self._status = {}
                self._status_until = time.monotonic() + STATUS_KEPT
            return self._status

    async def readiness(self) -> dict[str, Any]:
        """`ready`, what the SIP process says of itself, and how far the copy is."""
        status = await self.status()
        state = {name: value for name, value in status.items() if name not in _NOT_FOR_READINESS}
        return state | {"ready": bool(status.get("ready")), "groups_behind": self._behind()}

    async def metrics(self) -> bytes:
        """Everything countable in Prometheus' text format."""
        from rollcall.app.metrics import render  # its library takes a tenth of the start

        return render(await self.status(), self._behind())

    async def backup(self) -> Path:
        """A fresh backup file; the caller removes it. Raises `UnavailableError`."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._data.readers, self._make_backup)
        except (StorageError, OSError) as error:
            raise UnavailableError(f"no backup could be made: {error}") from error

    def _behind(self) -> int:
        return self._follower.behind() if self._follower is not None else 0

    async def _call(
        self, command: str, fields: Mapping[str, object] = {}, time_out: float = TIME_OUT
    ) -> Reply:
        if self._client is None:
            raise UnreachableError("no server is running on this data directory")
        return await self._client.call(command, fields, time_out)

    async def _kick(self, kick: Kick) -> int:
        fields: dict[str, object] = {"aor": kick.aor, "reason": kick.reason}
        if kick.binding_ids:
            fields["binding_ids"] = list(kick.binding_ids)
        if kick.block_seconds is not None:
            fields["block_seconds"] = kick.block_seconds
        try:
            reply = await self._call("kick", fields)
        except CommandError as error:
            raise UnavailableError(str(error)) from error
        return int(reply.get("group", 0))

    async def _send(self, commands: Sequence[PendingCommand]) -> list[int]:
        """Send commands side by side; gives the ids of those that are done and shown."""
        sent = [self._call(one.command, one.fields) for one in commands]
        replies = await asyncio.gather(*sent, return_exceptions=True)
        done = []
        group = 0
        for one, reply in zip(commands, replies, strict=True):
            if isinstance(reply, BaseException):
                if not isinstance(reply, CommandError):
                    raise reply
                if not isinstance(reply, UnreachableError):
                    _log.error("command not carried out", command=one.command, error=str(reply))
                continue
            done.append(one.id)
            group = max(group, int(reply.get("group", 0)))
        await self._wait_shown(group)
        return done

    async def _wait_shown(self, group: int) -> None:
        if self._follower is None or group == 0:
            return
        if not await self._follower.wait_for(group, SHOWN_WITHIN):
            _log.warning("listings are late", group=group, shown=self._follower.shown)

    def _pending(self) -> list[PendingCommand]:
        with open_repositories(self._data.engine, self._data.box) as repositories:
            return repositories.pending()

    def _remove_pending(self, ids: Sequence[int]) -> None:
        with open_repositories(self._data.engine, self._data.box) as repositories:
            repositories.remove_pending(ids)


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    """Say in one line that the database does not work: a full disk, a lock, a broken file."""
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, IntegrityError | ProgrammingError):
            raise  # a fault of ours
        _log.error("database does not work", error=str(error.orig), statement=error.statement)
        raise UnavailableError(f"the database cannot be used: {error.orig}") from error


_NOT_FOR_READINESS = frozenset({"id", "ok", "group", "counters"})
