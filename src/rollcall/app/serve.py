"""`rollcall serve`: prepares the data directory and supervises the two processes."""

import asyncio
import sys

from rollcall.app.configuration import Settings
from rollcall.app.data_lock import DataLock
from rollcall.app.first_start import prepare
from rollcall.app.logging import configure_logging
from rollcall.app.places import DataDirError
from rollcall.app.supervisor import Supervisor
from rollcall.storage.errors import StorageError


def serve(settings: Settings) -> int:
    """Run the server until it is told to stop; gives the exit status.

    1, with one line on standard error, when the data directory is in use or cannot be used, or
    a port is occupied.
    """
    configure_logging(settings.log_level, settings.log_format, process="supervisor")
    places = settings.places
    try:
        places.create()
        with DataLock.take(places, "rollcall serve") as lock:
            prepared = prepare(settings)
            return asyncio.run(Supervisor(settings, lock, prepared).run())
    except (DataDirError, StorageError) as error:
        sys.stderr.write(f"rollcall: {error}\n")
        return 1
