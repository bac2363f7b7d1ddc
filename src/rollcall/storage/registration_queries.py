"""Listings of registrations: filtered, sorted, by pages that stay right while rows change.

A list is merged from two arms, bindings and phones without one; see `registration_arms`. A page
begins behind the sort key of the last one (no OFFSET), so a page deep in the list costs what
the first one costs.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, Engine, func, select

from rollcall.model.administration import Page, Registration, RegistrationFilter
from rollcall.storage.cursors import Key, read_cursor, write_cursor
from rollcall.storage.expensive import ExpensiveNumbers
from rollcall.storage.registration_arms import Arm, BoundArm, Keyed, Order, UnboundArm
from rollcall.storage.registration_rows import alive, status, unbound
from rollcall.storage.schema import binding_freshness, phone

CHUNK = 1_000
"""Rows of an export read at a time: some 20 ms, and 1 MB."""


class RegistrationQueries:
    """See `rollcall.model.administration_ports.Queries`."""

    def __init__(self, engine: Engine, wall_offset: Callable[[], float]) -> None:
        self._engine = engine
        self._wall_offset = wall_offset
        self._numbers = ExpensiveNumbers()

    def registrations(
        self,
        wanted: RegistrationFilter,
        *,
        now: float,
        sort: str = "phone",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Registration]:
        """Give one page; raises `InvalidError` for a filter, sort or cursor without sense."""
        order = Order(sort, now, self._wall_offset())
        arms = _arms(wanted, order)
        after = read_cursor(cursor, sort, 3)
        found: list[Keyed] = []
        until: Key | None = None
        with self._engine.connect() as connection:
            for arm in arms:
                some = arm.fetch(connection, limit + 1, after, until)
                if len(some) > limit:
                    until = some[-1][0]  # whatever comes later is on another page
                found.extend(some)
            total = self._numbers.get(wanted, lambda: _total(connection, arms))
        order.sort(found)
        more = len(found) > limit
        rows = found[:limit]
        following = write_cursor(sort, rows[-1][0]) if more else None
        return Page([row for _, row in rows], following, total)

    def each_registration(
        self, wanted: RegistrationFilter, *, now: float, sort: str = "phone"
    ) -> Iterator[Sequence[Registration]]:
        """Give all that are selected, in chunks; holds no transaction between chunks."""
        order = Order(sort, now, self._wall_offset())
        streams = [_Stream(arm) for arm in _arms(wanted, order)]
        while True:
            with self._engine.connect() as connection:
                for stream in streams:
                    stream.fill(connection)
            streams = [stream for stream in streams if stream.rows]
            if not streams:
                return
            yield [row for _, row in _merge(streams, order)]

    def registration(self, binding_id: int, *, now: float) -> Registration | None:
        """Give one binding."""
        page = self.registrations(RegistrationFilter(ids=(binding_id,)), now=now, limit=1)
        return page.items[0] if page.items else None

    def registration_counts(self, *, now: float) -> dict[str, int]:
        """Count bindings by status, and `phones` and `unregistered`."""
        state = status(now).label("status")
        counts = dict.fromkeys(("registered", "expiring", "unreachable"), 0)
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(state, func.count(binding_freshness.c.id)).where(alive(now)).group_by(state)
            )
            counts.update({row[0]: row[1] for row in rows})
            phones = select(func.count(phone.c.id))
            counts["phones"] = connection.execute(phones).scalar_one()
            counts["unregistered"] = self._numbers.get(
                "unregistered", lambda: connection.execute(phones.where(unbound(now))).scalar_one()
            )
        return counts


class _Stream:
    """One arm, read chunk by chunk."""

    def __init__(self, arm: Arm) -> None:
        self._arm = arm
        self._after: Key | None = None
        self._ended = False
        self.rows: list[Keyed] = []

    @property
    def complete(self) -> bool:
        """Whether nothing comes behind `rows`."""
        return self._ended

    def fill(self, connection: Connection) -> None:
        """Read a chunk if there is nothing left of the last one."""
        if self.rows or self._ended:
            return
        self.rows = self._arm.fetch(connection, CHUNK, self._after, None)
        self._ended = len(self.rows) < CHUNK
        if self.rows:
            self._after = self.rows[-1][0]


def _merge(streams: list[_Stream], order: Order) -> list[Keyed]:
    """Take what no row still unread can come before, in order."""
    merged = [keyed for stream in streams for keyed in stream.rows]
    order.sort(merged)
    ends = [stream.rows[-1][0] for stream in streams if not stream.complete]
    if not ends:
        for stream in streams:
            stream.rows = []
        return merged
    until = max(ends) if order.down else min(ends)
    for stream in streams:
        stream.rows = [keyed for keyed in stream.rows if not order.within(keyed[0], until)]
    return [keyed for keyed in merged if order.within(keyed[0], until)]


def _arms(wanted: RegistrationFilter, order: Order) -> list[Arm]:
    arms = (BoundArm.of(wanted, order), UnboundArm.of(wanted, order))
    return [arm for arm in arms if arm is not None]


def _total(connection: Connection, arms: list[Arm]) -> int:
    return sum(arm.count(connection) for arm in arms)
