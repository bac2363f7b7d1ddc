"""Datagrams through real sockets on loopback, on both loops.

Client sockets are connected: the kernel then drops an answer from any address but the one that
was asked, so each answer that arrives proves where it came from.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.transport.errors import BindError
from rollcall.transport.listen_address import parse_listen_address
from rollcall.transport.listeners import Listeners
from rollcall.transport.local_addresses import local_addresses, watch_addresses

Run = Callable[[Coroutine[Any, Any, None]], None]

PATIENCE = 5.0
"""Seconds until a test gives up on an answer."""


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    runner: Run = request.param
    return runner


def echo() -> RecordingReceiver:
    return RecordingReceiver(lambda data: b"answer to " + data)


@asynccontextmanager
async def listening(
    receiver: RecordingReceiver,
    *texts: str,
    list_addresses: Callable[[], list[str]] = local_addresses,
) -> AsyncIterator[Listeners]:
    listeners = Listeners(receiver, SettableClock(), list_addresses=list_addresses)
    listeners.open([parse_listen_address(text) for text in texts])
    await listeners.start()
    try:
        yield listeners
    finally:
        await listeners.close()


async def ask(host: str, port: int, data: bytes = b"question") -> bytes:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect((host, port))
        client.send(data)
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.sock_recv(client, 65_535), PATIENCE)


@pytest.mark.rfc("3581", "4", "answers leave from the address and port that was asked")
@pytest.mark.rfc("3261", "18.2.2", "UDP: the answer goes to where the request came from")
def test_an_answer_comes_from_the_address_that_was_asked(run: Run) -> None:
    async def scenario() -> None:
        receiver = echo()
        async with listening(receiver, "udp://127.0.0.2:0", "udp://127.0.0.3:0") as listeners:
            for address in listeners.addresses:
                assert await ask(address.host, address.port) == b"answer to question"
            locals_ = [got.endpoint.local for got in receiver.received]
            assert locals_ == [f"{each.host}:{each.port}" for each in listeners.addresses]

    run(scenario())


@pytest.mark.rfc("3581", "4", "answers leave from the address and port that was asked")
@pytest.mark.parametrize("own_sockets", [True, False], ids=["own sockets", "catch-all"])
def test_a_wildcard_answers_from_each_address(run: Run, *, own_sockets: bool) -> None:
    def addresses() -> list[str]:
        return ["127.0.0.1", "127.0.0.2", "::1"] if own_sockets else []

    async def scenario() -> None:
        receiver = echo()
        wildcards = ("udp://0.0.0.0:0", "udp://[::]:0")
        async with listening(receiver, *wildcards, list_addresses=addresses) as listeners:
            four, six = (address.port for address in listeners.addresses)
            for host, port in (("127.0.0.1", four), ("127.0.0.2", four), ("127.9.9.9", four)):
                assert await ask(host, port) == b"answer to question"
                assert receiver.received[-1].endpoint.local == f"{host}:{port}"
            assert await ask("::1", six) == b"answer to question"
            assert receiver.received[-1].endpoint.local == f"[::1]:{six}"
            assert receiver.received[-1].host == "::1"
            own = listeners.endpoints.datagram(f"127.0.0.2:{four}")
            assert (own is not None) is own_sockets

    run(scenario())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_both_families_have_the_same_port(run: Run, transport: str) -> None:
    async def scenario() -> None:
        async with listening(echo(), f"{transport}://[::]:0") as six:
            port = six.addresses[0].port
            async with listening(echo(), f"{transport}://0.0.0.0:{port}") as four:
                assert four.addresses[0].port == port

    run(scenario())


def test_addresses_that_come_and_go_are_followed(run: Run) -> None:
    present = ["127.0.0.1", "127.0.0.2"]

    async def scenario() -> None:
        receiver = echo()
        async with listening(
            receiver, "udp://0.0.0.0:0", list_addresses=lambda: present
        ) as listeners:
            port = listeners.addresses[0].port
            present[:] = ["127.0.0.1", "127.0.0.3", "192.0.2.254", "::1"]
            listeners.follow_addresses()
            kept = [f"127.0.0.{last}:{port}" for last in (1, 2, 3)]
            found = [listeners.endpoints.datagram(local) is not None for local in kept]
            assert found == [True, False, True]
            for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
                assert await ask(host, port) == b"answer to question"

    run(scenario())


def test_without_a_list_of_addresses_everything_is_still_answered(run: Run) -> None:
    def unknown() -> list[str]:
        raise OSError("no netlink")

    async def scenario() -> None:
        async with listening(echo(), "udp://0.0.0.0:0", list_addresses=unknown) as listeners:
            assert await ask("127.0.0.1", listeners.addresses[0].port) == b"answer to question"

    run(scenario())


def test_large_and_empty_datagrams_arrive_whole(run: Run) -> None:
    async def scenario() -> None:
        receiver = echo()
        async with listening(receiver, "udp://127.0.0.1:0") as listeners:
            port = listeners.addresses[0].port
            await ask("127.0.0.1", port, b"x" * 60_000)
            await ask("127.0.0.1", port, b"")
        assert [len(message) for message in receiver.messages] == [60_000, 0]

    run(scenario())


@pytest.mark.parametrize("held", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("wanted", ["127.0.0.1", "0.0.0.0"])
def test_an_occupied_port_is_named_and_so_is_who_holds_it(held: str, wanted: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        # Another program may have allowed to share the port; we do not want to.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((held, 0))
        port = other.getsockname()[1]
        listeners = Listeners(echo(), SettableClock())
        with pytest.raises(BindError, match=f"^UDP {wanted}:{port} is in use by .+ \\(process"):
            listeners.open([parse_listen_address(f"udp://{wanted}:{port}")])
        assert listeners.addresses == []


def test_nobody_can_share_our_port(run: Run) -> None:
    async def scenario() -> None:
        async with listening(
            echo(), "udp://0.0.0.0:0", list_addresses=lambda: ["127.0.0.1"]
        ) as listeners:
            port = listeners.addresses[0].port
            for host in ("127.0.0.1", "127.0.0.2", "0.0.0.0"):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    with pytest.raises(OSError, match="in use"):
                        other.bind((host, port))

    run(scenario())


def test_all_ports_are_taken_or_none() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        listeners = Listeners(echo(), SettableClock())
        addresses = [f"udp://127.0.0.2:{port}", f"udp://127.0.0.1:{port}"]
        with pytest.raises(BindError):
            listeners.open([parse_listen_address(text) for text in addresses])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.2", port))


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    listeners = Listeners(echo(), SettableClock())
    with pytest.raises(BindError, match="this machine does not have that address"):
        listeners.open([parse_listen_address("udp://198.51.100.77:0")])


def test_after_the_reading_has_stopped_answers_can_still_leave(run: Run) -> None:
    async def scenario() -> None:
        receiver = RecordingReceiver()
        loop = asyncio.get_running_loop()
        async with listening(receiver, "udp://127.0.0.1:0") as listeners:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.connect(("127.0.0.1", listeners.addresses[0].port))
                endpoint = listeners.endpoints.datagram(f"127.0.0.1:{listeners.addresses[0].port}")
                assert endpoint is not None
                listeners.stop_reading()
                client.send(b"too late")
                endpoint.send(b"last answer", *client.getsockname())
                answer = await asyncio.wait_for(loop.sock_recv(client, 100), PATIENCE)
                assert answer == b"last answer"
        assert receiver.messages == []
        endpoint.send(b"after the end", "127.0.0.1", 9)
        assert listeners.endpoints.statistics()["udp_failed"] == 1

    run(scenario())


def test_this_machines_addresses_are_known() -> None:
    addresses = local_addresses()
    assert "127.0.0.1" in addresses
    assert addresses == sorted(set(addresses))


def test_changes_of_addresses_can_be_watched() -> None:
    with watch_addresses() as watch, pytest.raises(BlockingIOError):
        watch.recv(1)
