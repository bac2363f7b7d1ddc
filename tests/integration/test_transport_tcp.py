"""Streams through real sockets on loopback, on both loops."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.model.phone import Network
from rollcall.transport.connection import ConnectionLimits
from rollcall.transport.errors import BindError
from rollcall.transport.listen_address import parse_listen_address
from rollcall.transport.listeners import Listeners

Run = Callable[[Coroutine[Any, Any, None]], None]

PATIENCE = 5.0
MESSAGE = b"REGISTER sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
ANSWER = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    runner: Run = request.param
    return runner


class Scene:
    """Listeners, the receiver behind them, and their clock."""

    def __init__(self, listeners: Listeners, receiver: RecordingReceiver, clock: SettableClock):
        self.listeners = listeners
        self.receiver = receiver
        self.clock = clock
        self.address = listeners.addresses[0]
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
        self.writers.append(writer)
        return reader, writer

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop run until something has happened."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110  streams have no events for tests
                await asyncio.sleep(0.001)


@asynccontextmanager
async def scene(
    text: str = "tcp://127.0.0.1:0",
    limits: ConnectionLimits | None = None,
    trusted: tuple[Network, ...] = (),
    answer: bytes = ANSWER,
) -> AsyncIterator[Scene]:
    receiver = RecordingReceiver(lambda data: answer if data[:8] == MESSAGE[:8] else b"")
    clock = SettableClock()
    listeners = Listeners(receiver, clock, serial=100, limits=limits, trusted=trusted)
    listeners.open([parse_listen_address(text)])
    await listeners.start()
    stage = Scene(listeners, receiver, clock)
    try:
        yield stage
    finally:
        await listeners.close()
        # uvloop hangs on what a failing test leaves open when warnings are errors.
        for writer in stage.writers:
            await leave(writer)


async def read(reader: asyncio.StreamReader, count: int) -> bytes:
    return await asyncio.wait_for(reader.readexactly(count), PATIENCE)


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:
        return b""


async def leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return  # the other side was first


@pytest.mark.rfc("3261", "18.2.2", "TCP: the answer uses the connection of its request")
@pytest.mark.parametrize("text", ["tcp://127.0.0.2:0", "tcp://[::1]:0"])
def test_an_answer_comes_over_the_same_connection(run: Run, text: str) -> None:
    async def scenario() -> None:
        async with scene(text) as stage:
            reader, writer = await stage.connect()
            writer.write(MESSAGE)
            assert await read(reader, len(ANSWER)) == ANSWER
            (got,) = stage.receiver.received
            own = writer.get_extra_info("sockname")
            assert (got.host, got.port) == own[:2]
            assert (got.endpoint.transport, got.endpoint.connection) == ("tcp", 101)
            assert got.endpoint.local == text.removeprefix("tcp://")[:-1] + str(stage.address.port)

    run(scenario())


@pytest.mark.rfc("3261", "18.3", "messages of a stream end where Content-Length says")
def test_segments_do_not_matter(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            reader, writer = await stage.connect()
            for byte in MESSAGE:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0)
            assert await read(reader, len(ANSWER)) == ANSWER
            writer.write(MESSAGE * 50)
            assert await read(reader, 50 * len(ANSWER)) == 50 * ANSWER
            assert stage.receiver.messages == [MESSAGE] * 51

    run(scenario())


@pytest.mark.rfc("5626", "4.4.1", "CRLF keepalive: a ping is answered with a pong")
def test_pings_are_answered(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            reader, writer = await stage.connect()
            writer.write(b"\r\n\r\n")
            assert await read(reader, 2) == b"\r\n"
            writer.write(b"\r\n\r\n" + MESSAGE)
            assert await read(reader, 2 + len(ANSWER)) == b"\r\n" + ANSWER
        assert stage.receiver.messages == [MESSAGE]

    run(scenario())


def test_the_end_of_a_connection_is_told(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            for _ in range(2):
                _, writer = await stage.connect()
                writer.write(MESSAGE)
                await stage.until(lambda: bool(len(stage.listeners.connections)))
                await leave(writer)
                await stage.until(lambda: not len(stage.listeners.connections))
            assert stage.receiver.lost == [(101, 1000.0), (102, 1000.0)]

    run(scenario())


def test_closing_an_endpoint_sends_its_last_answer_first(run: Run) -> None:
    async def scenario() -> None:
        last = b"x" * 200_000
        async with scene() as stage:
            reader, writer = await stage.connect()
            writer.write(MESSAGE)
            await read(reader, len(ANSWER))
            endpoint = stage.receiver.received[0].endpoint
            assert stage.listeners.endpoints.connection(endpoint.connection) is endpoint
            endpoint.send(last, "", 0)
            endpoint.close("kicked")
            assert await read_to_end(reader) == last
            await stage.until(lambda: bool(stage.receiver.lost))
            assert stage.receiver.lost == [(101, 1000.0)]
            assert stage.listeners.endpoints.connection(endpoint.connection) is None
            endpoint.send(b"after the end", "", 0)

    run(scenario())


def test_more_connections_than_allowed_are_closed(run: Run) -> None:
    async def scenario() -> None:
        async with scene(limits=ConnectionLimits(per_source=2)) as stage:
            lines = [await stage.connect() for _ in range(3)]
            assert await read_to_end(lines[2][0]) == b""
            lines[0][1].write(MESSAGE)
            assert await read(lines[0][0], len(ANSWER)) == ANSWER
            assert stage.listeners.connections.refused_by_source == 1

    run(scenario())


def test_trusted_networks_may_have_more(run: Run) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(per_source=1)
        async with scene(limits=limits, trusted=(Network("127.0.0.0/8"),)) as stage:
            for _ in range(3):
                reader, writer = await stage.connect()
                writer.write(MESSAGE)
                assert await read(reader, len(ANSWER)) == ANSWER
                await leave(writer)

    run(scenario())


def test_silent_connections_are_swept_away(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            reader, _ = await stage.connect()
            await stage.until(lambda: len(stage.listeners.connections) == 1)
            stage.listeners.connections.sweep(stage.clock.now + 33)
            assert await read_to_end(reader) == b""
            assert stage.listeners.connections.ended == {"no message": 1}

    run(scenario())


def test_a_client_that_does_not_read_its_answers_is_cut_off(run: Run) -> None:
    async def scenario() -> None:
        answer = b"x" * 1_000_000
        async with scene(answer=answer) as stage:
            _, writer = await stage.connect()
            for _ in range(30):
                writer.write(MESSAGE)
            await stage.until(lambda: bool(stage.receiver.lost))
            assert not len(stage.listeners.connections)

    run(scenario())


def test_what_is_not_sip_is_cut_off(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            reader, writer = await stage.connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert await read_to_end(reader) == b""
            assert stage.receiver.messages == []

    run(scenario())


def test_a_phone_can_be_connected_to(run: Run) -> None:
    async def scenario() -> None:
        heard: list[bytes] = []

        async def phone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readexactly(len(b"NOTIFY 1NOTIFY 2")))
            writer.write(ANSWER)
            await leave(writer)

        server = await asyncio.start_server(phone, "127.0.0.3", 0)
        port = server.sockets[0].getsockname()[1]
        async with scene() as stage:
            connect = stage.listeners.endpoints.connect
            endpoint = connect("127.0.0.3", port)
            assert endpoint is not None
            endpoint.send(b"NOTIFY 1", "", 0)
            assert connect("127.0.0.3", port) is endpoint
            endpoint.send(b"NOTIFY 2", "", 0)
            await stage.until(lambda: bool(stage.receiver.lost))
            assert heard == [b"NOTIFY 1NOTIFY 2"]
            assert stage.receiver.messages == [ANSWER]
            assert stage.receiver.received[0].host == "127.0.0.3"
            assert connect("127.0.0.3", port) is not endpoint
        server.close()
        await server.wait_closed()

    run(scenario())


def test_a_phone_that_cannot_be_connected_to_is_told_as_lost(run: Run) -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as silent:
            silent.bind(("127.0.0.1", 0))
            async with scene() as stage:
                endpoint = stage.listeners.endpoints.connect(*silent.getsockname())
                assert endpoint is not None
                endpoint.send(b"NOTIFY", "", 0)
                await stage.until(lambda: bool(stage.receiver.lost))
                assert not len(stage.listeners.connections)

    run(scenario())


def test_an_occupied_port_is_named_and_so_is_who_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        listeners = Listeners(RecordingReceiver(), SettableClock())
        with pytest.raises(BindError, match=f"^TCP 127.0.0.1:{port} is in use by .+ \\(process"):
            listeners.open([parse_listen_address(f"tcp://127.0.0.1:{port}")])


def test_stopping_ends_all_within_its_time_and_frees_the_port(run: Run) -> None:
    async def scenario() -> None:
        async with scene() as stage:
            reader, writer = await stage.connect()
            await stage.until(lambda: len(stage.listeners.connections) == 1)
            stage.listeners.stop_reading()
            writer.write(MESSAGE)
            await stage.listeners.close()
            assert await read_to_end(reader) == b""
            assert stage.receiver.messages == []
            assert stage.receiver.lost == []
            with socket.create_server((stage.address.host, stage.address.port)):
                pass

    run(scenario())
