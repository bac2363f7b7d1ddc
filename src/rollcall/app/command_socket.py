"""Commands from the control process to the SIP process: one JSON object per line.

    -> {"id": 7, "command": "kick", "aor": "sip:1001@rollcall", "reason": "operator"}
    <- {"id": 7, "ok": true, "group": 123, ...}
    <- {"id": 7, "ok": false, "error": "what went wrong"}

Commands:

    status              {"ready": bool, "bindings": n, "counters": {...}, "listeners": [...]}
    kick                aor, binding_ids or contact (neither: all of the AOR), reason,
                        block_seconds (absent: leave a block alone, 0: lift it)
    phone_changed       number, end_bindings (bool), why
    parameters_changed

`group` is the number of the journal group that holds the effect, so that the caller can wait
until its own copy has it. Requests of one connection are worked on side by side; replies come
as they are ready. The socket lies in the data directory, and only its owner may open it.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

LINE_LIMIT = 4 * 1024 * 1024
"""Bytes of one line: a kick of 100,000 bindings by number stays below 2 MiB."""

WAITING_LIMIT = 1000
"""Commands of the control process under way at a time; its API works on fewer requests."""

RECONNECT_FIRST, RECONNECT_LAST = 0.05, 1.0
"""Seconds between attempts to reach the SIP process: soon after a restart, never a storm."""

TIME_OUT = 5.0
"""Seconds after which a command counts as unanswered; the SIP process answers within a disk
flush, and an operator should not stare longer at a hanging command."""

_log = structlog.get_logger(__name__)

Reply = dict[str, Any]
Handler = Callable[[str, Mapping[str, Any]], Awaitable[Reply]]
"""Works on one command with its fields; raises `CommandError` to refuse it."""


class CommandError(Exception):
    """The command was not carried out; the message says why, in one line."""


class UnreachableError(CommandError):
    """The SIP process does not answer: it is down, starting or overloaded."""


class CommandServer:
    """The SIP process' end of the socket."""

    def __init__(self, path: Path, handler: Handler) -> None:
        self._path = path
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: dict[asyncio.StreamWriter, asyncio.Event] = {}
        self._stopped = False

    async def start(self) -> None:
        """Listen; a socket left over by a process before is replaced."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)  # the socket must never be open to others, not even briefly
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, path=str(self._path), limit=LINE_LIMIT
            )
        finally:
            os.umask(before)

    async def stop(self) -> None:
        """Close the socket and drop what is under way."""
        self._stopped = True
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        ends = [end.wait() for end in self._ended.values()]
        for writer in list(self._ended):
            writer.close()
        await asyncio.gather(*ends)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:  # accepted in the very moment of the stop
            writer.close()
            return
        ended = self._ended[writer] = asyncio.Event()
        try:
            while line := await reader.readline():
                task = asyncio.create_task(self._answer(line, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (ConnectionError, ValueError) as error:  # ValueError: a line over the limit
            _log.warning("command connection dropped", error=str(error))
        finally:
            del self._ended[writer]
            writer.close()
            ended.set()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        number: object = None
        reply: Reply
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
            number = request.pop("id", None)
            command = str(request.pop("command", ""))
            reply = {"ok": True, "group": 0} | await self._handler(command, request)
        except (CommandError, msgspec.MsgspecError) as error:
            reply = {"ok": False, "error": str(error)}
        except Exception as error:  # noqa: BLE001  the caller must learn of any fault
            _log.exception("command failed")
            reply = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        with contextlib.suppress(ConnectionError):
            writer.write(msgspec.json.encode(reply | {"id": number}) + b"\n")
            await writer.drain()


class CommandClient:
    """The control process' end: connects by itself again and again."""

    def __init__(self, path: Path, connected: Callable[[], None] = lambda: None) -> None:
        """`connected` is called after every (re)connection, for what must be sent again."""
        self._path = path
        self._connected = connected
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._last_number = 0

    @property
    def is_connected(self) -> bool:
        """Whether the SIP process listens to us."""
        return self._writer is not None

    async def run(self) -> None:
        """Keep connected, until cancelled."""
        pause = RECONNECT_FIRST
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(
                    str(self._path), limit=LINE_LIMIT
                )
            except OSError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, RECONNECT_LAST)
                continue
            pause = RECONNECT_FIRST
            self._writer = writer
            self._connected()
            try:
                await self._read(reader)
            finally:
                self._writer = None
                writer.close()
                for future in self._waiting.values():
                    if not future.done():
                        future.set_exception(UnreachableError("the SIP process has gone away"))
                self._waiting.clear()

    async def call(
        self, command: str, fields: Mapping[str, object] = {}, time_out: float = TIME_OUT
    ) -> Reply:
        """Reply to one command.

        Raises `CommandError` when it was refused, `UnreachableError` when there was no reply;
        what it asked for may then have happened or not.
        """
        writer = self._writer
        if writer is None:
            raise UnreachableError("the SIP process is not running or still starting")
        if len(self._waiting) >= WAITING_LIMIT:
            raise UnreachableError("too many commands are waiting for the SIP process")
        self._last_number += 1
        number = self._last_number
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            request = {"id": number, "command": command, **fields}
            writer.write(msgspec.json.encode(request) + b"\n")
            async with asyncio.timeout(time_out):
                reply = await future
        except TimeoutError:
            raise UnreachableError(
                f"the SIP process did not answer within {time_out:g} s"
            ) from None
        except OSError as error:
            raise UnreachableError(f"the SIP process cannot be reached: {error}") from None
        finally:
            self._waiting.pop(number, None)
        if not reply.get("ok"):
            raise CommandError(str(reply.get("error", "refused without a reason")))
        return reply

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Hand replies to who waits for them, until the connection ends."""
        try:
            while line := await reader.readline():
                reply = msgspec.json.decode(line, type=dict[str, Any])
                future = self._waiting.get(reply.get("id", 0))
                if future is not None and not future.done():
                    future.set_result(reply)
        except (ConnectionError, ValueError) as error:
            _log.warning("connection to the SIP process broken", error=str(error))
