"""The control side without processes: API and database here, the SIP process a double."""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from fastapi import FastAPI

from doubles.sip_process import FakeSipProcess
from rollcall.api.application import create_api
from rollcall.api.identity import AdminSocket
from rollcall.app.backup_file import make_backup
from rollcall.app.command_socket import CommandClient, CommandServer
from rollcall.app.configuration import load
from rollcall.app.control_data import ControlData
from rollcall.app.control_house import ControlHouse
from rollcall.app.first_start import prepare


@dataclass
class ControlSide:
    """What a test can ask and look at."""

    data: ControlData
    house: ControlHouse
    sip: FakeSipProcess
    sip_server: CommandServer
    connected: asyncio.Event
    admin: httpx.AsyncClient
    """Over the admin socket."""
    outside: httpx.AsyncClient
    """Over the console address, without a token."""


@cache
def _application() -> FastAPI:
    """One application for all tests, one after the other; making one takes 0.2 s."""
    return create_api(None)


@cache
def _template() -> Path:
    """A data directory as the first start leaves it; making one takes half a second."""
    folder = Path(tempfile.mkdtemp(prefix="rollcall-template-"))
    atexit.register(shutil.rmtree, folder)
    settings = load({"data_dir": folder / "data"})
    settings.places.create()
    prepare(settings)
    return settings.data_dir


@asynccontextmanager
async def control_side(data_dir: Path) -> AsyncIterator[ControlSide]:
    """A control side on a fresh data directory, connected to its SIP process."""
    settings = load({"data_dir": data_dir})
    shutil.copytree(_template(), data_dir)
    data = ControlData.open(settings.places)
    sip = FakeSipProcess()
    server = CommandServer(settings.places.command_socket, sip)
    await server.start()
    connected = asyncio.Event()
    client = CommandClient(settings.places.command_socket, connected.set)
    task = asyncio.create_task(client.run())
    await connected.wait()
    house = ControlHouse(data, lambda: make_backup(data), client)
    app = _application()
    app.state.house = house
    try:
        async with (
            httpx.AsyncClient(
                transport=httpx.ASGITransport(AdminSocket(app), raise_app_exceptions=False),
                base_url="http://rollcall/api/v1",
            ) as admin,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://rollcall",
            ) as outside,
        ):
            yield ControlSide(data, house, sip, server, connected, admin, outside)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.stop()
        data.close()
