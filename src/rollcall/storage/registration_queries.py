"""Listings of registrations: filtered, sorted, by pages that stay right while rows change.

A list is merged from two arms, bindings and phones without one; see `registration_arms`. A page
begins behind the sort key of the last one (no OFFSET), so a page deep in the list costs what
the first one costs.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, select

from rollcall.model.administration import Page, Registration, RegistrationFilter
from rollcall.storage.cursors import Key, read_cursor, write_cursor
from rollcall.storage.expensive import ExpensiveNumbers
from rollcall.storage.registration_arms import Arm, BoundArm, Keyed, Order, UnboundArm
from rollcall.storage.registration_rows import alive, status, unbound
from rollcall.storage.registration_sequence import RegistrationSequence
from rollcall.storage.schema import binding_freshness, phone


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
    ) -> RegistrationSequence:
        """Give all that are selected, in order; raises `InvalidError`."""
        order = Order(sort, now, self._wall_offset())
        return RegistrationSequence(self._engine, _arms(wanted, order), order)

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


def _arms(wanted: RegistrationFilter, order: Order) -> list[Arm]:
    arms = (BoundArm.of(wanted, order), UnboundArm.of(wanted, order))
    return [arm for arm in arms if arm is not None]


def _total(connection: Connection, arms: list[Arm]) -> int:
    return sum(arm.count(connection) for arm in arms)
