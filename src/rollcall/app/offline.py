"""The API without a server, for commands that only need the database.

`open_api` gives an ASGI application whose lifespan takes the data directory's lock, brings
the database up to the journal, and closes everything at the end.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI

from rollcall.api.application import create_api
from rollcall.api.identity import AdminSocket, App
from rollcall.app.backup_file import make_backup
from rollcall.app.control_data import ControlData
from rollcall.app.control_house import ControlHouse
from rollcall.app.data_lock import DataLock
from rollcall.app.logging import configure_logging
from rollcall.app.places import Places


def open_api(data_dir: Path) -> App:
    """The API on `data_dir`, marked as the administrator's.

    Starting its lifespan raises `DataDirError` (in use) or `StorageError`.
    """
    configure_logging("warning", "text")  # also keeps values of variables out of tracebacks
    places = Places(data_dir)
    app = create_api(None)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with DataLock.take(places, "a rollcall command"):
            data = ControlData.open(places)
            try:
                catch_up(data)
                app.state.house = ControlHouse(data, lambda: make_backup(data))
                yield
            finally:
                data.close()

    app.router.lifespan_context = lifespan
    return AdminSocket(app)


def catch_up(data: ControlData) -> None:
    """Bring the database up to the end of the journal."""
    before = None
    while (position := data.projection.run_once()) != before:
        before = position
