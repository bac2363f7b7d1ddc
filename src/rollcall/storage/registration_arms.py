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
from rollcall.storage.cursors import Key
from rollcall.storage.registration_conditions import bound_conditions, unbound_conditions
from rollcall.storage.registration_rows import (
    BOUND_FROM,
    UNBOUND_FROM,
    SortColumns,
    bound_columns,
    bound_registration,
    sort_columns,
    unbound_columns,
    unbound_registration,
)
from rollcall.storage.rows_by_key import RowsByKey
from rollcall.storage.schema import binding, binding_freshness, phone

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

    @property
    def by_number(self) -> bool:
        """Whether the field is the number itself."""
        return self.columns.unbound is phone.c.number

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
        *,
        few: bool = False,
    ) -> Select[Any]:
        """Sort a query by (field, number, id) and cut it behind `after` and `until`.

        `few`: perhaps few rows are selected. Then looking for them along the index of numbers
        would read the whole table in an order in which it does not lie: 6 s instead of 0.3 s
        at 200,000 bindings.
        """
        skipped = 1 if columns[0] is columns[1] else 0  # twice the same would hide the index
        used = list(columns[skipped:])
        if few and skipped:
            used[0] = used[0].concat("")  # no index has this
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

    def keys(self) -> Select[Any]:
        """Select (value of the field, number, key) of all rows; see `whole`."""
        ...

    def whole(self, connection: Connection, keys: Sequence[int]) -> dict[int, Registration]:
        """Give those rows by key: the id of a binding, minus the id of a phone without one."""
        ...


class BoundArm:
    """Bindings."""

    def __init__(
        self, order: Order, source: FromClause, where: list[ColumnElement[bool]], *, few: bool
    ) -> None:
        self._order = order
        self._source = source
        self._where = where
        self._few = few
        columns = bound_columns(order.now)
        self._whole = RowsByKey(select(*columns).select_from(BOUND_FROM), binding.c.id)

    @classmethod
    def of(cls, wanted: RegistrationFilter, order: Order) -> Self | None:
        """Make the arm for a filter; None when it selects no bindings."""
        where = bound_conditions(wanted, order.now)
        if where is None:
            return None
        source: FromClause = binding.join(binding_freshness, binding_freshness.c.id == binding.c.id)
        if wanted.account or order.columns.needs_account:
            source = BOUND_FROM
        few = bool(wanted.ip or wanted.transport or wanted.device or wanted.q or wanted.statuses)
        return cls(order, source, where, few=few)

    def fetch(
        self, connection: Connection, limit: int, after: Key | None, until: Key | None
    ) -> list[Keyed]:
        """See `Arm.fetch`."""
        order = self._order
        columns = (order.columns.bound, binding.c.number, binding.c.id)
        query = select(*columns).select_from(self._source).where(*self._where)
        query = order.page(query, columns, after, until, few=self._few).limit(limit)
        keys: list[Key] = [(row[0], row[1], row[2]) for row in connection.execute(query)]
        found = self.whole(connection, [int(key[2]) for key in keys])
        return [(key, found[int(key[2])]) for key in keys]

    def count(self, connection: Connection) -> int:
        """See `Arm.count`."""
        source = self._source
        column: ColumnElement[int] = binding.c.id
        if len(self._where) == 1:  # all that are alive
            source, column = binding_freshness, binding_freshness.c.id
        query = select(func.count(column)).select_from(source).where(*self._where)
        return int(connection.execute(query).scalar_one())

    def keys(self) -> Select[Any]:
        """See `Arm.keys`."""
        field = self._order.columns.bound
        if self._few and self._order.by_number:
            field = field.concat("")  # see `Order.page`
        columns = (field.label("field"), binding.c.number, binding.c.id)
        return select(*columns).select_from(self._source).where(*self._where)

    def whole(self, connection: Connection, keys: Sequence[int]) -> dict[int, Registration]:
        """See `Arm.whole`."""
        now, offset = self._order.now, self._order.offset
        rows = self._whole.rows(connection, [key for key in keys if key > 0])
        return {row[0]: bound_registration(row, now, offset) for row in rows}


class UnboundArm:
    """Provisioned phones without a binding."""

    def __init__(self, order: Order, source: FromClause, where: list[ColumnElement[bool]]) -> None:
        self._order = order
        self._source = source
        self._where = where
        columns = unbound_columns(order.now)
        self._whole = RowsByKey(select(*columns).select_from(UNBOUND_FROM), phone.c.id)

    @classmethod
    def of(cls, wanted: RegistrationFilter, order: Order) -> Self | None:
        """Make the arm for a filter; None when it selects no such phones."""
        where = unbound_conditions(wanted, order.now)
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
        query = select(*columns[:2], -phone.c.id).select_from(self._source).where(*self._where)
        query = order.page(query, columns, after, until).limit(limit)
        keys = connection.execute(query).all()
        found = self.whole(connection, [row[2] for row in keys])
        return [((row[0], row[1], 0), found[row[2]]) for row in keys]

    def count(self, connection: Connection) -> int:
        """See `Arm.count`."""
        query = select(func.count(phone.c.id)).select_from(self._source).where(*self._where)
        return int(connection.execute(query).scalar_one())

    def keys(self) -> Select[Any]:
        """See `Arm.keys`."""
        columns = (self._order.columns.unbound.label("field"), phone.c.number, -phone.c.id)
        return select(*columns).select_from(self._source).where(*self._where)

    def whole(self, connection: Connection, keys: Sequence[int]) -> dict[int, Registration]:
        """See `Arm.whole`."""
        offset = self._order.offset
        rows = self._whole.rows(connection, [-key for key in keys if key < 0])
        return {-row[0]: unbound_registration(row, offset) for row in rows}


def _key(keyed: Keyed) -> Key:
    return keyed[0]
