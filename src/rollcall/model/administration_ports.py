"""The ports between those who show and change (`api`) and those who keep (`storage`).

`Queries` reads, `Repositories` is one write transaction; neither side knows the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rollcall.model.administration import (
    AccountEntry,
    AuditEntry,
    EventEntry,
    EventFilter,
    Page,
    PendingCommand,
    PhoneEntry,
    Registration,
    RegistrationFilter,
    User,
)


class RegistrationList(Protocol):
    """All registrations of a filter, as of one moment; read from the store while iterated."""

    @property
    def total(self) -> int:
        """How many are selected."""
        ...

    def __iter__(self) -> Iterator[Sequence[Registration]]:
        """In chunks; no transaction is held between them. What has gone meanwhile is left out."""
        ...


class Queries(Protocol):
    """Reading. Every call is one short read transaction; made for threads."""

    def registrations(
        self,
        wanted: RegistrationFilter,
        *,
        now: float,
        sort: str = "phone",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Registration]:
        """One page; `now` is steady seconds, `sort` a field, `-field` for downwards.

        Raises `InvalidError` for a filter, sort or cursor that makes no sense.
        """
        ...

    def registration(self, binding_id: int, *, now: float) -> Registration | None:
        """One binding."""
        ...

    def each_registration(
        self, wanted: RegistrationFilter, *, now: float, sort: str = "phone"
    ) -> RegistrationList:
        """All that are selected, in order; raises `InvalidError` like `registrations`."""
        ...

    def registration_counts(self, *, now: float) -> dict[str, int]:
        """Bindings by status, and `phones` and `unregistered`."""
        ...

    def events(
        self, wanted: EventFilter, *, limit: int = 100, cursor: str | None = None
    ) -> Page[EventEntry]:
        """One page of the history, newest first."""
        ...

    def phones(
        self,
        *,
        q: str = "",
        account: str = "",
        sort: str = "number",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[PhoneEntry]:
        """One page of provisioned phones."""
        ...

    def accounts(
        self, *, q: str = "", limit: int = 100, cursor: str | None = None
    ) -> Page[AccountEntry]:
        """One page of accounts by name."""
        ...

    def audit(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        who: str = "",
        target: str = "",
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[AuditEntry]:
        """One page of the audit log, newest first."""
        ...

    def phone(self, number: str) -> PhoneEntry | None:
        """One phone."""
        ...

    def account(self, name: str) -> AccountEntry | None:
        """One account."""
        ...

    def parameters(self) -> dict[str, str]:
        """Stored texts by key; what is not stored has its default."""
        ...

    def user_of_token(self, token_hash: bytes) -> User | None:
        """Whose token it is, by its SHA-256."""
        ...


class Repositories(Protocol):
    """Everything of one write transaction; what it did becomes true all at once."""

    def phone(self, number: str) -> PhoneEntry | None:
        """One phone."""
        ...

    def add_phone(self, entry: PhoneEntry, password: str) -> None:
        """Provision a phone; raises `ExistsError`, `NotFoundError` (account)."""
        ...

    def existing_phones(self, numbers: Sequence[str]) -> set[str]:
        """Those of `numbers` that are provisioned; any many."""
        ...

    def add_phones(self, entries: Sequence[tuple[PhoneEntry, str]]) -> None:
        """Provision many phones with their passwords, fast; their numbers are new."""
        ...

    def change_phone(self, entry: PhoneEntry, password: str | None = None) -> None:
        """Replace everything but the password, which is kept unless one is given."""
        ...

    def remove_phone(self, number: str) -> None:
        """Forget a phone; raises `NotFoundError`."""
        ...

    def account(self, name: str) -> AccountEntry | None:
        """One account."""
        ...

    def add_account(self, entry: AccountEntry) -> None:
        """Add an account; raises `ExistsError`."""
        ...

    def change_account(self, name: str, entry: AccountEntry) -> None:
        """Change an account's name or description; raises `NotFoundError`, `ExistsError`."""
        ...

    def remove_account(self, name: str) -> None:
        """Remove an account without phones; raises `NotFoundError`, `InvalidError`."""
        ...

    def parameters(self) -> dict[str, str]:
        """Stored texts by key; what is not stored has its default."""
        ...

    def set_parameters(self, texts: Mapping[str, str | None]) -> None:
        """Store texts by key; None goes back to the default."""
        ...

    def override_sets(self) -> list[dict[str, str]]:
        """Every different set of overrides some phone has, to check new values against."""
        ...

    def setting(self, key: str) -> str | None:
        """A fixed fact of the system, such as the realm."""
        ...

    def set_setting(self, key: str, text: str) -> None:
        """Fix it."""
        ...

    def user(self, name: str) -> User | None:
        """One console user."""
        ...

    def set_user(self, user: User) -> None:
        """Add or replace a console user."""
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Note a change, in the transaction that makes it."""
        ...

    def add_pending(self, command: str, fields: Mapping[str, object]) -> int:
        """Keep a command until the SIP process has done it; gives its id."""
        ...

    def pending(self) -> list[PendingCommand]:
        """Commands not done yet, oldest first."""
        ...

    def remove_pending(self, ids: Sequence[int]) -> None:
        """They are done."""
        ...
