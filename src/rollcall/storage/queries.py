"""Everything the control side reads, each call in one short read transaction."""

from collections.abc import Callable

from sqlalchemy import Engine

from rollcall.storage.history_queries import HistoryQueries
from rollcall.storage.phone_queries import PhoneQueries
from rollcall.storage.registration_queries import RegistrationQueries


class SqlQueries(RegistrationQueries, PhoneQueries, HistoryQueries):
    """`rollcall.model.administration_ports.Queries` over rollcall.db, for any thread.

    `engine` comes from `rollcall.storage.database.open_reader`; `wall_offset` gives what to add
    to steady seconds for seconds since 1970.
    """

    def __init__(self, engine: Engine, wall_offset: Callable[[], float]) -> None:
        RegistrationQueries.__init__(self, engine, wall_offset)
