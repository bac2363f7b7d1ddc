"""Keeps rollcall.db up to the journal, in the thread that writes the database."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from rollcall.app.heap import return_unused
from rollcall.storage.errors import StorageError
from rollcall.storage.journal_format import Position

LOOK_EVERY = 0.2
"""Seconds between looks at the journal: listings stay well within a second of the phones."""

FAR_BEHIND = 1000
"""Groups left after a step at which the next one follows at once."""

QUIET, BUSY = 0.5, 60.0
"""Seconds without anything new after which memory is given back, and seconds after which it is
in any case: a burst must not be paid for until the next start."""

RETRY_EVERY = 1.0
"""Seconds between attempts while the database cannot be written."""

_log = structlog.get_logger(__name__)

InWriter = Callable[[Callable[[], Any]], Coroutine[Any, Any, Any]]
"""Runs a function in the thread that writes the database."""


class Projection(Protocol):
    """The part of `rollcall.storage.projection.Projection` that is used here."""

    @property
    def position(self) -> Position:
        """How far the database is."""
        ...

    def run_once(self) -> Position:
        """Show some more groups."""
        ...

    def behind(self) -> int:
        """Groups that are durable and not shown yet."""
        ...

    def shrink(self) -> None:
        """Give back memory."""
        ...


class Follower:
    """Runs the projection; knows up to which group the database shows the journal."""

    def __init__(self, projection: Projection, in_writer: InWriter) -> None:
        self._projection = projection
        self._in_writer = in_writer
        self._shown = projection.position.group
        self._wake = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._failing = False

    @property
    def shown(self) -> int:
        """Number of the last group the database shows."""
        return self._shown

    def behind(self) -> int:
        """Groups that are durable and not shown yet."""
        return self._projection.behind()

    async def wait_for(self, group: int, time_out: float) -> bool:
        """Wait until the database shows `group`; False after `time_out` seconds."""
        if group <= self._shown:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((group, future))
        self._wake.set()
        done, _ = await asyncio.wait([future], timeout=time_out)
        if not done:
            self._waiting = [entry for entry in self._waiting if entry[1] is not future]
        return bool(done)

    async def run(self) -> None:
        """Follow until cancelled."""
        loop = asyncio.get_running_loop()
        shrunk_at = moved_at = loop.time()
        while True:
            moved = await self._step()
            now = loop.time()
            if moved:
                moved_at = now
            if now - shrunk_at >= BUSY or now - QUIET > moved_at > shrunk_at:
                shrunk_at = now
                await self._in_writer(self._shrink)
            if moved and (self._waiting or self._projection.behind() > FAR_BEHIND):
                continue
            # Under load there is always something new; showing it group by group would cost
            # a transaction and a disk flush each.
            await self._rest(RETRY_EVERY if self._failing else LOOK_EVERY)

    async def _step(self) -> bool:
        """Show some groups; whether there were any."""
        before = self._projection.position
        self._wake.clear()
        try:
            position: Position = await self._in_writer(self._projection.run_once)
        except (StorageError, SQLAlchemyError, OSError) as error:
            if not self._failing:
                _log.error("database cannot follow the journal", error=str(error))
            self._failing = True
            return False
        if self._failing:
            _log.info("database follows the journal again")
            self._failing = False
        self._shown = position.group
        self._tell()
        return position != before

    def _shrink(self) -> None:
        with contextlib.suppress(SQLAlchemyError):  # the next step tells
            self._projection.shrink()
        return_unused()

    def _tell(self) -> None:
        """Wake those whose group is shown."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for group, future in waiting:
            if group > self._shown:
                self._waiting.append((group, future))
            elif not future.done():
                future.set_result(None)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
