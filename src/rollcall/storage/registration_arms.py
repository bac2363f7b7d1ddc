"""The two arms of a list of registrations: bindings, and phones without one.

Each arm first finds the keys of the rows it shall give, with as few tables as filter and order
need, and only then reads those rows whole: sorting 200,000 wide rows to show a hundred would
take seconds.
"""

from collections.abc import Sequence
from typing import Any, Protocol, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    func,
    literal_column,
    select,
    tuple_,
)

from rollcall.model.administration import InvalidError, Registration, RegistrationFilter
from rollcall.model.record import EndReason
from rollcall.storage.cursors import Key
from rollcall.storage.filters import any_of, contains, in_range
from rollcall.storage.registration_rows import (
    BOUND_FROM,
    UNBOUND_FROM,
    SortColumns,
    alive,
    bound_columns,
    bound_registration,
    ended,
    sort_columns,
    status,
    unbound,
    unbound_columns,
    unbound_registration,
)
from rollcall.storage.schema import account, binding, binding_freshness, last_end, phone

BOUND_STATUSES = ("registered", "expiring", "unreachable")
STATUSES = (*BOUND_STATUSES, "unregistered", "expired")

Keyed = tuple[Key, Registration]
"""A row with what it is sorted by: (value of the field, number, id or 0)."""

_NO_ID: ColumnElement[int] = literal_column("0", Integer)


class Order:
    """How a list is sorted, and as of when; raises `InvalidError` for an unknown field."""

    def __init__(self, sort: str, now: float, offset: float) -> None:
        self.now = now
        self.offset = offset
        self.down = sort.startswith("-")
        columns = sort_columns(sort.removeprefix("-"), now)
        if columns is None:
            raise InvalidError(f"sort: '{sort[:40]}' is not allowed; allowed: a field of the list")
        self.columns: SortColumns = columns

    def sort(self, rows: list[Keyed]) -> None:
        """Sort in place."""
        rows.sort(key=_key, reverse=self.down)

    def within(self, key: Key, until: Key) -> bool:
        """Tell whether `key` comes before `until`, or is it."""
        return key >= until if self.down else key <= until

    def page(
        self,
        query: Select[Any],
        columns: Sequence[ColumnElement[Any]],
        after: Key | None,
        until: Key | None,
    ) -> Select[Any]:
        """Sort a query by (field, number, id) and cut it behind `after` and `until`."""
        skipped = 1 if columns[0] is columns[1] else 0  # twice the same would hide the index
        used = columns[skipped:]
        left = tuple_(*used)
        if after is not None:
            right = after[skipped:]
            query = query.where(left < right if self.down else left > right)
        if until is not None:
            right = until[skipped:]
            query = query.where(left >= right if self.down else left <= right)
        varying = [column for column in used if not getattr(column, "is_literal", False)]
        return query.order_by(*[column.desc() if self.down else column for column in varying])


class Arm(Protocol):
    """One kind of rows of a list."""

    def fetch(
        self, connection: Connection, limit: int, after: Key | None, until: Key | None
    ) -> list[Keyed]:
        """Give at most `limit` rows in order, behind `after`, none behind `until`."""
        ...

    def count(self, connection: Connection) -> int:
        """Count all rows."""
        ...


class BoundArm:
    """Bindings."""

    def __init__(self, order: Order, source: FromClause, where: list[ColumnElement[bool]]) -> None:
        self._order = order
        self._source = source
        self._where = where

    @classmethod
    def of(cls, wanted: RegistrationFilter, order: Order) -> Self | None:
        """Make the arm for a filter; None when it selects no bindings."""
        where = _bound_conditions(wanted, order.now)
        if where is None:
            return None
        source: FromClause = binding.join(binding_freshness, binding_freshness.c.id == binding.c.id)
        if wanted.account or wanted.q or order.columns.needs_account:
            source = BOUND_FROM
        return cls(order, source, where)

    def fetch(
        self, connection: Connection, limit: int, after: Key | None, until: Key | None
    ) -> list[Keyed]:
        """See `Arm.fetch`."""
        order = self._order
        columns = (order.columns.bound, binding.c.number, binding.c.id)
        query = select(*columns).select_from(self._source).where(*self._where)
        query = order.page(query, columns, after, until).limit(limit)
        keys: list[Key] = [(row[0], row[1], row[2]) for row in connection.execute(query)]
        whole = select(*bound_columns(order.now)).select_from(BOUND_FROM)
        rows = connection.execute(whole.where(binding.c.id.in_([key[2] for key in keys])))
        found = {row[0]: bound_registration(row, order.now, order.offset) for row in rows}
        return [(key, found[int(key[2])]) for key in keys]

    def count(self, connection: Connection) -> int:
        """See `Arm.count`."""
        source = self._source
        column: ColumnElement[int] = binding.c.id
        if len(self._where) == 1:  # all that are alive
            source, column = binding_freshness, binding_freshness.c.id
        query = select(func.count(column)).select_from(source).where(*self._where)
        return int(connection.execute(query).scalar_one())


class UnboundArm:
    """Provisioned phones without a binding."""

    def __init__(self, order: Order, source: FromClause, where: list[ColumnElement[bool]]) -> None:
        self._order = order
        self._source = source
        self._where = where

    @classmethod
    def of(cls, wanted: RegistrationFilter, order: Order) -> Self | None:
        """Make the arm for a filter; None when it selects no such phones."""
        where = _unbound_conditions(wanted, order.now)
        if where is None:
            return None
        plain = not (wanted.account or wanted.q or wanted.device or wanted.statuses)
        columns = order.columns
        plain = plain and not (columns.needs_account or columns.needs_last_end)
        return cls(order, phone if plain else UNBOUND_FROM, where)

    def fetch(
        self, connection: Connection, limit: int, after: Key | None, until: Key | None
    ) -> list[Keyed]:
        """See `Arm.fetch`."""
        order = self._order
        columns = (order.columns.unbound, phone.c.number, _NO_ID)
        query = select(*columns[:2]).select_from(self._source).where(*self._where)
        query = order.page(query, columns, after, until).limit(limit)
        keys: list[Key] = [(row[0], row[1], 0) for row in connection.execute(query)]
        whole = select(*unbound_columns(order.now)).select_from(UNBOUND_FROM)
        rows = connection.execute(whole.where(phone.c.number.in_([key[1] for key in keys])))
        found = {row[0]: unbound_registration(row, order.offset) for row in rows}
        return [(key, found[str(key[1])]) for key in keys]

    def count(self, connection: Connection) -> int:
        """See `Arm.count`."""
        query = select(func.count(phone.c.id)).select_from(self._source).where(*self._where)
        return int(connection.execute(query).scalar_one())


def _key(keyed: Keyed) -> Key:
    return keyed[0]


def _bound_conditions(wanted: RegistrationFilter, now: float) -> list[ColumnElement[bool]] | None:
    """Conditions on bindings; None when the filter selects no bindings at all."""
    b = binding.c
    conditions = [alive(now)]
    if wanted.statuses:
        unknown = sorted(set(wanted.statuses) - set(STATUSES))
        if unknown:
            raise InvalidError(
                f"status: '{unknown[0][:40]}' is not allowed; allowed: {', '.join(STATUSES)}"
            )
        states = [state for state in BOUND_STATUSES if state in wanted.statuses]
        if not states:
            return None
        if len(states) < len(BOUND_STATUSES):
            conditions.append(status(now).in_(states))
    if wanted.phones:
        conditions.append(b.number.in_(wanted.phones))
    if wanted.ids:
        conditions.append(b.id.in_(wanted.ids))
    if wanted.ip:
        conditions.append(
            any_of(in_range(b.source_key, wanted.ip), in_range(b.contact_key, wanted.ip))
        )
    if wanted.account:
        conditions.append(account.c.name == wanted.account)
    if wanted.transport:
        conditions.append(b.transport == wanted.transport)
    if wanted.device:
        conditions.append(contains(b.user_agent, wanted.device))
    if wanted.q:
        columns = (b.number, b.contact, b.source_host, b.user_agent, account.c.name)
        conditions.append(any_of(*[contains(column, wanted.q) for column in columns]))
    return conditions


def _unbound_conditions(wanted: RegistrationFilter, now: float) -> list[ColumnElement[bool]] | None:
    """Conditions on phones without a binding; None when the filter selects none of them."""
    if wanted.ids or wanted.ip or wanted.transport:
        return None
    conditions = [unbound(now)]
    if wanted.statuses and "unregistered" not in wanted.statuses:
        if "expired" not in wanted.statuses:
            return None
        conditions.append(ended(now) == EndReason.EXPIRED.value)
    if wanted.phones:
        conditions.append(phone.c.number.in_(wanted.phones))
    if wanted.account:
        conditions.append(account.c.name == wanted.account)
    if wanted.device:
        conditions.append(contains(last_end.c.user_agent, wanted.device))
    if wanted.q:
        columns = (phone.c.number, last_end.c.user_agent, account.c.name)
        conditions.append(any_of(*[contains(column, wanted.q) for column in columns]))
    return conditions
