"""The control side's nouns: what operators list and change.

Times are seconds since 1970 (UTC) unless a name says steady, for these are values for people
and programs outside. The ports they travel through are in `administration_ports`.
"""

from typing import Generic, TypeVar

import msgspec

from rollcall.model.phone import Network

ItemT = TypeVar("ItemT")


class NotFoundError(LookupError):
    """What was asked for does not exist; the message names it."""


class ExistsError(ValueError):
    """What shall be added exists already; the message names it."""


class InvalidError(ValueError):
    """A value that is not allowed; the message names the field, the value, what is allowed."""


class Page(msgspec.Struct, Generic[ItemT], frozen=True):
    """One page of a list."""

    items: list[ItemT]
    next_cursor: str | None
    """Opaque; None on the last page."""
    total: int
    """All items the filter selects, on all pages."""


class RegistrationFilter(msgspec.Struct, frozen=True):
    """Which registrations are meant; an empty field selects all."""

    phones: tuple[str, ...] = ()
    ip: str = ""
    """Source or contact: an address, `192.168.1.x`, a CIDR, IPv6."""
    account: str = ""
    statuses: tuple[str, ...] = ()
    """registered, expiring, unreachable, unregistered; `expired` is unregistered whose last
    binding ran out."""
    transport: str = ""
    device: str = ""
    """Part of the User-Agent, in any case."""
    q: str = ""
    """Part of number, contact, addresses, account or User-Agent, in any case."""
    ids: tuple[int, ...] = ()


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A binding, or a phone that has none (then `id` is None and most fields are empty)."""

    id: int | None
    aor: str
    phone: str
    account: str = ""
    contact: str = ""
    contact_ip: str = ""
    """Host of the contact URI, an address or a name."""
    contact_port: int | None = None
    source_ip: str = ""
    source_port: int | None = None
    transport: str = ""
    expires_in: int | None = None
    """Whole seconds."""
    expires_at: float | None = None
    granted_expires: int | None = None
    registered_at: float | None = None
    refreshed_at: float | None = None
    refreshes: int = 0
    status: str = "unregistered"
    ended: str | None = None
    """Why the last binding ended (an `EndReason`), when there is none now."""
    ended_at: float | None = None
    user_agent: str = ""
    behind_nat: bool = False
    local: str = ""
    """Our own address it talks to."""
    call_id: str = ""
    cseq: int | None = None
    instance_id: str = ""
    reg_id: int = 0
    path: tuple[str, ...] = ()
    q: float | None = None


class EventFilter(msgspec.Struct, frozen=True):
    """Which events are meant; an empty field selects all."""

    phones: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """`EventKind` values."""
    reasons: tuple[str, ...] = ()
    ip: str = ""
    since: float | None = None
    until: float | None = None
    after_id: int | None = None
    """Only events that came later than this one; they are then given oldest first."""


class EventEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the history."""

    id: int
    at: float
    kind: str
    phone: str = ""
    aor: str = ""
    binding_id: int = 0
    contact: str = ""
    source_ip: str = ""
    source_port: int = 0
    transport: str = ""
    user_agent: str = ""
    call_id: str = ""
    reason: str = ""
    detail: str = ""
    count: int = 1


class PhoneEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A provisioned phone as operators see it. Never holds the password."""

    number: str
    domain: str = ""
    """Empty: the realm of the system."""
    account: str = ""
    """Name of its account; empty for none."""
    auth_mode: str = ""
    """Empty: as parameter `auth_mode`."""
    networks: tuple[Network, ...] = ()
    """Where it may come from; empty: anywhere."""
    overrides: dict[str, str] = {}
    """Parameters set for this phone, as text by key; without auth_mode."""
    enabled: bool = True
    created_at: float = 0.0
    updated_at: float = 0.0

    def aor(self, realm: str) -> str:
        """Its canonical address-of-record."""
        return f"sip:{self.number}@{self.domain or realm}"


class AccountEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A customer who owns phones."""

    name: str
    description: str = ""
    phones: int = 0
    """How many phones it has."""
    created_at: float = 0.0


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One change by an operator. Never holds a secret."""

    id: int = 0
    at: float = 0.0
    who: str
    """Name of the user, or `local` for the admin socket."""
    where: str = ""
    """Address he came from."""
    action: str
    """`phone.add`, `parameter.set`, `registration.kick`..."""
    target: str = ""
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use console and API."""

    name: str
    role: str
    """viewer, operator, admin."""
    password_hash: str = ""
    """argon2."""


class PendingCommand(msgspec.Struct, frozen=True):
    """A command the SIP process has to do; kept until it has said that it is done."""

    id: int
    command: str
    fields: dict[str, object]
