import asyncio
import socket

import pytest
import uvloop

from doubles.transport import RecordingReceiver, SettableClock
from rollcall.transport.service import TransportService, TransportSettings

MESSAGE = b"REGISTER sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"


def service(receiver: RecordingReceiver, *listen: str) -> TransportService:
    settings = TransportSettings(listen, 10, 1, trusted=("127.0.0.3/32",), first_connection=4711)
    return TransportService(receiver, SettableClock(), settings)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_the_life_of_the_service() -> None:
    async def scenario() -> None:
        receiver = RecordingReceiver(lambda data: b"pong")
        transport = service(receiver, "udp://127.0.0.1:0", "tcp://127.0.0.1:0")
        await transport.start()
        udp, tcp = transport.listeners()
        assert udp.startswith("udp://127.0.0.1:")
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(tcp))
        try:
            writer.write(MESSAGE)
            assert await asyncio.wait_for(reader.readexactly(4), 5) == b"pong"
            assert receiver.received[0].endpoint.connection == 4711
            assert transport.endpoints.connection(4711) is receiver.received[0].endpoint
            transport.close_connection(4711, "kicked")
            transport.close_connection(4711, "kicked twice")
            transport.close_connection(99, "long gone")
            assert await asyncio.wait_for(reader.read(), 5) == b""
            counters = transport.counters()
            assert (counters["tcp_accepted"], counters["faults"]) == (1, 0)
        finally:
            writer.close()
            await writer.wait_closed()
            transport.stop_reading()
            await transport.stop()
        assert transport.listeners() == []

    uvloop.run(scenario())


@pytest.mark.parametrize(
    ("listen", "text"),
    [("udp://127.0.0.1:{port}", "is in use by"), ("udp:127.0.0.1", "is not a listener")],
)
def test_what_hinders_the_start_is_one_line(listen: str, text: str) -> None:
    async def scenario() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            url = listen.format(port=other.getsockname()[1])
            with pytest.raises(OSError, match=text) as caught:
                await service(RecordingReceiver(), url).start()
            assert "\n" not in str(caught.value)

    uvloop.run(scenario())


def test_a_wrong_network_is_named() -> None:
    settings = TransportSettings((), trusted=("office",))
    with pytest.raises(ValueError, match="office"):
        TransportService(RecordingReceiver(), SettableClock(), settings)
