"""Listings of phones and accounts, and the small look-ups of the control side."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, func, or_, select, tuple_

from rollcall.model.administration import AccountEntry, InvalidError, Page, PhoneEntry, User
from rollcall.storage.cursors import read_cursor, write_cursor
from rollcall.storage.filters import contains
from rollcall.storage.phone_rows import phone_entry, select_phones
from rollcall.storage.schema import account, parameter, phone, token, user

_SORTS: dict[str, ColumnElement[Any]] = {
    "number": phone.c.number,
    "account": func.coalesce(account.c.name, ""),
    "domain": phone.c.domain,
    "enabled": phone.c.enabled,
    "created_at": phone.c.created_at,
    "updated_at": phone.c.updated_at,
}


class PhoneQueries:
    """See `rollcall.model.administration_ports.Queries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def phones(
        self,
        *,
        q: str = "",
        account: str = "",
        sort: str = "number",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[PhoneEntry]:
        """Give one page of phones; raises `InvalidError`."""
        down = sort.startswith("-")
        field = _SORTS.get(sort.removeprefix("-"))
        if field is None:
            raise InvalidError(f"sort: '{sort[:40]}' is not allowed; allowed: {', '.join(_SORTS)}")
        after = read_cursor(cursor, sort, 2)
        conditions = _phone_conditions(q, account)
        columns = [field, phone.c.number]
        query = select_phones().add_columns(field.label("sorted")).where(*conditions)
        if after is not None:
            left = tuple_(*columns)
            query = query.where(left < after if down else left > after)
        query = query.order_by(*[column.desc() if down else column for column in columns])
        with self._engine.connect() as connection:
            rows = connection.execute(query.limit(limit + 1)).all()
            total = connection.execute(_count_phones(conditions)).scalar_one()
        shown = rows[:limit]
        following = None
        if len(rows) > limit:
            following = write_cursor(sort, (shown[-1].sorted, shown[-1].number))
        return Page([phone_entry(row) for row in shown], following, total)

    def phone(self, number: str) -> PhoneEntry | None:
        """Give one phone."""
        with self._engine.connect() as connection:
            row = connection.execute(select_phones().where(phone.c.number == number)).first()
        return None if row is None else phone_entry(row)

    def accounts(
        self, *, q: str = "", limit: int = 100, cursor: str | None = None
    ) -> Page[AccountEntry]:
        """Give one page of accounts by name."""
        after = read_cursor(cursor, "name", 1)
        conditions: list[ColumnElement[bool]] = []
        if q:
            conditions.append(or_(contains(account.c.name, q), contains(account.c.description, q)))
        query = _select_accounts().where(*conditions).order_by(account.c.name)
        if after is not None:
            query = query.where(account.c.name > after[0])
        counting = select(func.count(account.c.id)).where(*conditions)
        with self._engine.connect() as connection:
            rows = connection.execute(query.limit(limit + 1)).all()
            total = connection.execute(counting).scalar_one()
        items = [_account_entry(row) for row in rows[:limit]]
        following = write_cursor("name", (items[-1].name,)) if len(rows) > limit else None
        return Page(items, following, total)

    def account(self, name: str) -> AccountEntry | None:
        """Give one account."""
        with self._engine.connect() as connection:
            row = connection.execute(_select_accounts().where(account.c.name == name)).first()
        return None if row is None else _account_entry(row)

    def parameters(self) -> dict[str, str]:
        """Give the stored texts by key."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(parameter.c.key, parameter.c.value)).all()
        return {row.key: row.value for row in rows}

    def user_of_token(self, token_hash: bytes) -> User | None:
        """Give whose token it is, by its SHA-256."""
        query = (
            select(user.c.name, user.c.role, user.c.password_hash)
            .join_from(token, user, user.c.name == token.c.user_name)
            .where(token.c.token_hash == token_hash, user.c.enabled)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else User(name=row[0], role=row[1], password_hash=row[2])


def _phone_conditions(q: str, account_name: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if q:
        columns = (phone.c.number, account.c.name, phone.c.domain)
        conditions.append(or_(*[contains(column, q) for column in columns]))
    if account_name:
        conditions.append(account.c.name == account_name)
    return conditions


def _count_phones(conditions: list[ColumnElement[bool]]) -> Select[tuple[int]]:
    if not conditions:
        return select(func.count(phone.c.id))
    joined = phone.outerjoin(account, account.c.id == phone.c.account_id)
    return select(func.count(phone.c.id)).select_from(joined).where(*conditions)


def _select_accounts() -> Select[Any]:
    phones = select(func.count(phone.c.id)).where(phone.c.account_id == account.c.id)
    return select(
        account.c.name,
        account.c.description,
        account.c.created_at,
        phones.scalar_subquery().label("phones"),
    )


def _account_entry(row: Row[Any]) -> AccountEntry:
    return AccountEntry(
        name=row.name,
        description=row.description,
        phones=row.phones,
        created_at=row.created_at,
    )
