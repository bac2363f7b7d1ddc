"""Provisioned phones and the accounts that own them: changing them."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rollcall.model.administration import (
    AccountEntry,
    ExistsError,
    InvalidError,
    NotFoundError,
    PhoneEntry,
)
from rollcall.storage.phone_columns import read_overrides
from rollcall.storage.phone_rows import phone_entry, phone_values, select_phones
from rollcall.storage.repository import Repository
from rollcall.storage.schema import account, last_end, phone

ItemT = TypeVar("ItemT")

_NUMBERS = 500
"""Numbers asked for in one statement; SQLite allows 32,766 variables, long ones gain nothing."""

_ROWS = 2_000
"""Phones inserted in one call, which bounds the memory an import takes."""


class PhoneRepository(Repository):
    """See `rollcall.model.administration_ports.Repositories`."""

    def phone(self, number: str) -> PhoneEntry | None:
        """Give one phone."""
        row = self._connection.execute(select_phones().where(phone.c.number == number)).first()
        return None if row is None else phone_entry(row)

    def add_phone(self, entry: PhoneEntry, password: str) -> None:
        """Provision a phone; raises `ExistsError`, `NotFoundError` (account)."""
        values = phone_values(entry, self._account_id(entry.account))
        values["secret"] = self._box.seal(password, entry.number)
        if self.existing_phones([entry.number]):
            raise ExistsError(f"phone {entry.number} exists already")
        self._connection.execute(insert(phone), values)

    def existing_phones(self, numbers: Sequence[str]) -> set[str]:
        """Give those of `numbers` that are provisioned."""
        found: set[str] = set()
        for part in _parts(list(numbers), _NUMBERS):
            rows = self._connection.execute(select(phone.c.number).where(phone.c.number.in_(part)))
            found.update(rows.scalars())
        return found

    def add_phones(self, entries: Sequence[tuple[PhoneEntry, str]]) -> None:
        """Provision many phones with their passwords; raises `ExistsError`, `NotFoundError`."""
        accounts: dict[str, int | None] = {}
        seal = self._box.seal
        for part in _parts(list(entries), _ROWS):
            rows = []
            for entry, password in part:
                name = entry.account
                if name not in accounts:
                    accounts[name] = self._account_id(name)
                values = phone_values(entry, accounts[name])
                values["secret"] = seal(password, entry.number)
                rows.append(values)
            try:
                self._connection.execute(insert(phone), rows)
            except IntegrityError as error:
                raise ExistsError("one of the numbers exists already, or occurs twice") from error

    def change_phone(self, entry: PhoneEntry, password: str | None = None) -> None:
        """Replace everything but number, password (unless one is given) and time of making."""
        values = phone_values(entry, self._account_id(entry.account))
        del values["number"], values["created_at"]
        if password is not None:
            values["secret"] = self._box.seal(password, entry.number)
        done = self._connection.execute(
            update(phone).where(phone.c.number == bindparam("this_number")).values(values),
            {"this_number": entry.number},
        )
        if not done.rowcount:
            raise NotFoundError(f"there is no phone {entry.number}")

    def remove_phone(self, number: str) -> None:
        """Forget a phone and why it was last unregistered; raises `NotFoundError`."""
        done = self._connection.execute(delete(phone).where(phone.c.number == number))
        if not done.rowcount:
            raise NotFoundError(f"there is no phone {number}")
        self._connection.execute(delete(last_end).where(last_end.c.number == number))

    def override_sets(self) -> list[dict[str, str]]:
        """Give every different set of overrides that some phone has."""
        texts = select(phone.c.overrides).where(phone.c.overrides != "{}").distinct()
        return [read_overrides(text) for text in self._connection.execute(texts).scalars()]

    def account(self, name: str) -> AccountEntry | None:
        """Give one account."""
        phones = select(func.count()).where(phone.c.account_id == account.c.id).scalar_subquery()
        row = self._connection.execute(
            select(account.c.description, account.c.created_at, phones.label("phones")).where(
                account.c.name == name
            )
        ).first()
        if row is None:
            return None
        return AccountEntry(
            name=name, description=row.description, phones=row.phones, created_at=row.created_at
        )

    def add_account(self, entry: AccountEntry) -> None:
        """Add an account; raises `ExistsError`."""
        self._require_free(entry.name)
        self._connection.execute(
            insert(account),
            {
                "name": entry.name,
                "description": entry.description,
                "created_at": entry.created_at,
                "updated_at": entry.created_at,
            },
        )

    def change_account(self, name: str, entry: AccountEntry) -> None:
        """Change name or description; raises `NotFoundError`, `ExistsError`."""
        identity = self._account_id(name)
        if entry.name != name:
            self._require_free(entry.name)
        self._connection.execute(
            update(account)
            .where(account.c.id == identity)
            .values(name=entry.name, description=entry.description)
        )

    def remove_account(self, name: str) -> None:
        """Remove an account without phones; raises `NotFoundError`, `InvalidError`."""
        found = self.account(name)
        if found is None:
            raise NotFoundError(f"there is no account {name}")
        if found.phones:
            raise InvalidError(f"account {name} has {found.phones} phones; remove or move them")
        self._connection.execute(delete(account).where(account.c.name == name))

    def _account_id(self, name: str) -> int | None:
        if not name:
            return None
        found = self._connection.execute(
            select(account.c.id).where(account.c.name == name)
        ).scalar_one_or_none()
        if found is None:
            raise NotFoundError(f"there is no account {name}; add it with rollcall account add")
        return int(found)

    def _require_free(self, name: str) -> None:
        taken = select(account.c.id).where(account.c.name == name)
        if self._connection.execute(taken).first() is not None:
            raise ExistsError(f"account {name} exists already")


def _parts(items: list[ItemT], size: int) -> Iterator[list[ItemT]]:
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]
