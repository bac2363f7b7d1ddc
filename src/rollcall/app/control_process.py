"""The control process: REST for operators, the copy of the journal, commands for the phones.

One event loop serves the admin socket and the console address. All writing of rollcall.db
happens in one thread, the projection's as well as the API's.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import structlog
import uvicorn
import uvloop

from rollcall.api.application import create_api
from rollcall.api.identity import AdminSocket, App
from rollcall.app import child
from rollcall.app.backup_file import make_backup, remove_left_over
from rollcall.app.command_socket import CommandClient
from rollcall.app.configuration import Settings
from rollcall.app.control_data import ControlData
from rollcall.app.control_house import ControlHouse
from rollcall.app.follower import Follower
from rollcall.app.heap import share_one_heap
from rollcall.app.last_resort import end_after
from rollcall.app.logging import configure_logging
from rollcall.app.places import Places
from rollcall.storage.errors import StorageError

STOP_WITHIN = 2
"""Seconds that requests under way get at the end. What they wait for is done in milliseconds;
only exports and imports take longer, and are cut off."""

END_WITHIN = 4.0
"""Seconds for all of the end, threads in the middle of something too; the supervisor waits 4.5."""

BACKLOG = 512
"""Connections waiting to be accepted."""

NICENESS = 10
"""Added at the start: what operators do must not delay phones when both share a core. Measured
at 3,000 REGISTER/s on one core while 100,000 rows are exported: the 99.9th percentile of the
answers fell from 140 ms to 32 ms. Linux derives the priority of disk access from it too."""

_log = structlog.get_logger(__name__)


def main(settings: Settings) -> None:
    """Run until SIGTERM; raises `child.FatalStartError`."""
    configure_logging(settings.log_level, settings.log_format, process="control")
    os.nice(NICENESS)  # of this thread and those it starts
    share_one_heap()
    try:
        data = ControlData.open(settings.places)
    except StorageError as error:
        raise child.FatalStartError(str(error)) from error
    remove_left_over(settings.data_dir)
    try:
        uvloop.run(_run(settings, data))
    finally:
        data.close()


async def _run(settings: Settings, data: ControlData) -> None:
    places = settings.places
    admin = _admin_socket(places)
    console = _console_socket(settings)
    reconnected = asyncio.Event()
    client = CommandClient(places.command_socket, reconnected.set)
    house, follower = _furnish(data, client)
    app = create_api(house)
    servers = [(_server(AdminSocket(app)), admin), (_server(app), console)]
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    tasks: list[asyncio.Task[Any]] = [
        asyncio.create_task(follower.run()),
        asyncio.create_task(client.run()),
        asyncio.create_task(house.run_deliveries()),
        asyncio.create_task(_deliver_when(reconnected, house)),
    ]
    serving: list[asyncio.Task[Any]] = [
        asyncio.create_task(server.serve(sockets=[one])) for server, one in servers
    ]
    stopped: asyncio.Task[Any] = asyncio.create_task(stop.wait())
    gc.collect()
    gc.freeze()  # modules and routes stay for ever: no collection need look at them again
    # Any of these ending by itself is a fault; the process dies of it and is started again.
    done, _ = await asyncio.wait([*tasks, *serving, stopped], return_when=asyncio.FIRST_COMPLETED)
    end_after(END_WITHIN, 0 if stop.is_set() else 1)
    for server, _one in servers:
        server.should_exit = True
    # Requests first: those that wait until their change is shown need the follower.
    await asyncio.gather(*serving, return_exceptions=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    places.admin_socket.unlink(missing_ok=True)
    for task in done - {stopped}:
        task.result()
        if not stop.is_set():
            raise RuntimeError("a part of the control process ended by itself")


def _furnish(data: ControlData, client: CommandClient) -> tuple[ControlHouse, Follower]:
    """The house with its follower."""
    house = ControlHouse(data, lambda: make_backup(data), client)
    follower = Follower(data.projection, house.in_writer)
    house.follow(follower)
    return house, follower


async def _deliver_when(reconnected: asyncio.Event, house: ControlHouse) -> None:
    """Deliver what waits as soon as the SIP process is there again."""
    while True:
        await reconnected.wait()
        reconnected.clear()
        await house.deliver()


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one place for that."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _server(app: App) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )


def _admin_socket(places: Places) -> socket.socket:
    """A listening socket that only this user can open, from its first moment on."""
    places.admin_socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(places.admin_socket))
    except OSError as error:
        raise child.FatalStartError(f"{places.admin_socket}: {error.strerror}") from error
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    return listener


def _console_socket(settings: Settings) -> socket.socket:
    """The listening socket of the console address; says which port is occupied."""
    host, port = settings.console_host, settings.console_port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise child.FatalStartError(
            f"console address {settings.console} cannot be used: {error.strerror}; "
            f"choose another with --console HOST:PORT"
        ) from error
    listener.setblocking(False)
    return listener


if __name__ == "__main__":
    child.run(main)
