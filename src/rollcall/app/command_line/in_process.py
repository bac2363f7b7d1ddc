"""Call an ASGI application in this process as if it were a server.

With no server running, commands that only need the database use the same API without a
network: an event loop in a thread of its own runs the application, and answers come back
piece by piece, so that an export of a million rows is never in memory as a whole.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import Future
from typing import Any

import httpx

from rollcall.app.command_line.failure import CommandError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

PIECES_AHEAD = 16
"""Pieces of an answer the application may be ahead of its reader."""


class InProcessTransport(httpx.BaseTransport):
    """An httpx transport that runs `app`, its lifespan included."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stop = asyncio.Event()
        started: Future[None] = Future()
        self._lifespan = asyncio.run_coroutine_threadsafe(self._live(started), self._loop)
        try:
            started.result()
        except BaseException:
            self.close()
            raise

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request into the application; the answer's body is streamed."""
        exchange = _Exchange(self._loop, request.read())
        exchange.task = asyncio.run_coroutine_threadsafe(
            exchange.run(self._app, _scope(request)), self._loop
        )
        start = exchange.next_message()
        return httpx.Response(
            start["status"], headers=list(start.get("headers", ())), stream=_Body(exchange)
        )

    def close(self) -> None:
        """Shut the application down and end the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        try:
            self._lifespan.result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _live(self, started: "Future[None]") -> None:
        """Run the lifespan protocol; tell `started` when requests may come."""
        asked = iter(("lifespan.startup", "lifespan.shutdown"))
        failure: list[str] = []

        async def receive() -> Message:
            kind = next(asked)
            if kind == "lifespan.shutdown":
                await self._stop.wait()
            return {"type": kind}

        async def send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set_result(None)
            elif message["type"] == "lifespan.startup.failed":
                failure.extend(str(message.get("message", "")).strip().splitlines()[-1:])
                failure[:] = failure or ["the API did not start"]

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if started.done():
                raise
            if failure:
                started.set_exception(error)  # says more than its text in the message
        if not started.done() and failure:
            started.set_exception(CommandError(failure[0]))
        elif not started.done():
            started.set_result(None)  # the application knows no lifespan: that is allowed
        await self._stop.wait()


class _Exchange:
    """One request and its answer, handed from the loop's thread to the caller's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, body: bytes) -> None:
        self._loop = loop
        self._body: bytes | None = body
        self._messages: queue.Queue[Message | BaseException] = queue.Queue()
        self._room = asyncio.Semaphore(PIECES_AHEAD)
        self.task: Future[None] | None = None

    async def run(self, app: AsgiApp, scope: MutableMapping[str, Any]) -> None:
        """Drive the application; its failure reaches the reader."""
        try:
            await app(scope, self._receive, self._send)
            self._messages.put({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            self._messages.put(error)

    def next_message(self) -> Message:
        """Wait for what the application sends next; raises what it raised."""
        message = self._messages.get()
        if isinstance(message, BaseException):
            raise message
        self._loop.call_soon_threadsafe(self._room.release)
        return message

    def cancel(self) -> None:
        """The reader has gone."""
        if self.task is not None:
            self.task.cancel()

    async def _receive(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()  # a client in this process never hangs up early
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        await self._room.acquire()
        self._messages.put(message)


class _Body(httpx.SyncByteStream):
    """The answer's body as the application sends it."""

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        more = True
        while more:
            message = self._exchange.next_message()
            more = bool(message.get("more_body", False))
            if message.get("body"):
                yield message["body"]

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            self._exchange.cancel()


def _scope(request: httpx.Request) -> dict[str, Any]:
    """The ASGI scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": None,
        "server": None,
        "state": {},
    }
