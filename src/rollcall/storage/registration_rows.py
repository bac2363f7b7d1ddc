"""Registrations in SQL: the two kinds of rows, their columns and what they can be sorted by.

A row is a binding, or a provisioned phone without one. Whether a binding is near its end depends
on the time of asking, so its status is an expression with that time in it, by CONTRACT.md.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from rollcall.model.administration import Registration
from rollcall.model.record import EndReason
from rollcall.storage.schema import account, binding, binding_freshness, last_end, phone, setting

LAST_SECONDS = 10.0
"""A binding this near its end is `expiring`."""

LATE = 1.1
"""So is one whose device is later than its last interval, and a tenth."""

SLACK = 2.0
"""Seconds a binding is still shown after its end: the end is an event, which is on its way."""

_decode_path = msgspec.json.Decoder(tuple[str, ...]).decode

ENDS_AT: ColumnElement[float] = case(
    (
        and_(
            binding_freshness.c.grace_until > 0,
            binding_freshness.c.grace_until < binding_freshness.c.expires_at,
        ),
        binding_freshness.c.grace_until,
    ),
    else_=binding_freshness.c.expires_at,
)

BOUND_FROM: FromClause = (
    binding.join(binding_freshness, binding_freshness.c.id == binding.c.id)
    .outerjoin(phone, phone.c.number == binding.c.number)
    .outerjoin(account, account.c.id == phone.c.account_id)
)
UNBOUND_FROM: FromClause = phone.outerjoin(account, account.c.id == phone.c.account_id).outerjoin(
    last_end, last_end.c.number == phone.c.number
)


def alive(now: float) -> ColumnElement[bool]:
    """Tell whether a binding has not ended."""
    return now - SLACK < ENDS_AT


def unbound(now: float) -> ColumnElement[bool]:
    """Tell whether a phone has no binding that has not ended."""
    living = (
        select(binding.c.id)
        .join_from(binding, binding_freshness, binding_freshness.c.id == binding.c.id)
        .where(binding.c.number == phone.c.number, alive(now))
        .correlate(phone)
    )
    return ~exists(living)


def status(now: float) -> ColumnElement[str]:
    """Give the status of a binding at `now` (steady seconds)."""
    fresh = binding_freshness.c
    return case(
        (fresh.unreachable_since > 0, literal("unreachable")),
        (
            or_(
                now >= ENDS_AT - LAST_SECONDS,
                and_(fresh.interval > 0, now - fresh.refreshed_at > fresh.interval * LATE),
            ),
            literal("expiring"),
        ),
        else_=literal("registered"),
    )


def lapsed(now: float) -> ColumnElement[Any]:
    """Give when a binding of this phone ran out whose end is not in the history yet; else NULL."""
    return (
        select(func.max(ENDS_AT))
        .select_from(binding.join(binding_freshness, binding_freshness.c.id == binding.c.id))
        .where(binding.c.number == phone.c.number, now - SLACK >= ENDS_AT)
        .correlate(phone)
        .scalar_subquery()
    )


def ended(now: float) -> ColumnElement[str]:
    """Give why a phone is unregistered, an `EndReason` value."""
    return case(
        (lapsed(now).is_not(None), literal(EndReason.EXPIRED.value)),
        else_=func.coalesce(last_end.c.why, EndReason.NEVER.value),
    )


def _aor() -> ColumnElement[str]:
    realm = select(setting.c.value).where(setting.c.key == "realm").scalar_subquery()
    domain = case((phone.c.domain != "", phone.c.domain), else_=func.coalesce(realm, ""))
    return literal("sip:") + phone.c.number + "@" + domain


def bound_columns(now: float) -> list[ColumnElement[Any]]:
    """Columns that `bound_registration` reads."""
    b, f = binding.c, binding_freshness.c
    return [
        b.id,
        b.aor,
        b.number,
        account.c.name.label("account"),
        b.contact,
        b.contact_host,
        b.contact_port,
        b.source_host,
        b.source_port,
        b.transport,
        ENDS_AT.label("ends_at"),
        f.granted_expires,
        b.registered_at,
        f.refreshed_at,
        f.refreshes,
        status(now).label("status"),
        b.user_agent,
        b.behind_nat,
        b.local,
        b.call_id,
        f.cseq,
        b.instance_id,
        b.reg_id,
        b.path,
        b.q,
    ]


def unbound_columns(now: float) -> list[ColumnElement[Any]]:
    """Columns that `unbound_registration` reads."""
    return [
        phone.c.id,
        phone.c.number,
        _aor().label("aor"),
        account.c.name.label("account"),
        ended(now).label("ended"),
        func.coalesce(lapsed(now), last_end.c.at).label("ended_at"),
        last_end.c.user_agent,
    ]


class SortColumns(NamedTuple):
    """What rows of both kinds are sorted by."""

    bound: ColumnElement[Any]
    unbound: ColumnElement[Any]
    needs_account: bool = False
    """Whether `account` must be joined for it."""
    needs_last_end: bool = False
    """Whether phones need `last_end` joined for it."""


def sort_columns(field: str, now: float) -> SortColumns | None:
    """What rows of both kinds are sorted by; None when there is no such field.

    Of a phone without a binding most is unknown: it sorts as the least value.
    """
    b, f = binding.c, binding_freshness.c
    nothing: ColumnElement[Any] = literal_column("''")
    least = literal_column("-1", Float)
    name = func.coalesce(account.c.name, "")
    agent = func.coalesce(last_end.c.user_agent, "")
    columns = {
        "phone": SortColumns(b.number, phone.c.number),
        "aor": SortColumns(b.aor, _aor()),
        "account": SortColumns(name, name, needs_account=True),
        "status": SortColumns(status(now), literal_column("'unregistered'")),
        "user_agent": SortColumns(b.user_agent, agent, needs_last_end=True),
        "id": SortColumns(b.id, least),
        "contact": SortColumns(b.contact, nothing),
        "contact_ip": SortColumns(b.contact_host, nothing),
        "contact_port": SortColumns(b.contact_port, least),
        "source_ip": SortColumns(b.source_host, nothing),
        "source_port": SortColumns(b.source_port, least),
        "transport": SortColumns(b.transport, nothing),
        "call_id": SortColumns(b.call_id, nothing),
        "expires_in": SortColumns(ENDS_AT, least),
        "expires_at": SortColumns(ENDS_AT, least),
        "granted_expires": SortColumns(f.granted_expires, least),
        "registered_at": SortColumns(b.registered_at, least),
        "refreshed_at": SortColumns(f.refreshed_at, least),
        "refreshes": SortColumns(f.refreshes, least),
    }
    return columns.get(field)


def bound_registration(row: Sequence[Any], now: float, offset: float) -> Registration:
    """Build a binding's registration; `offset` leads from steady to wall time."""
    # Unpacked in the order of `bound_columns`: by name it would take three times as long.
    identity, aor, number, account_name, contact, contact_host, contact_port, *rest = row
    source_host, source_port, transport, ends_at, granted_expires, registered_at, *rest = rest
    refreshed_at, refreshes, state, user_agent, behind_nat, local, call_id, *rest = rest
    cseq, instance_id, reg_id, path, q = rest
    return Registration(
        id=identity,
        aor=aor,
        phone=number,
        account=account_name or "",
        contact=contact,
        contact_ip=contact_host,
        contact_port=contact_port or None,
        source_ip=source_host,
        source_port=source_port,
        transport=transport,
        expires_in=max(0, int(ends_at - now)),
        expires_at=ends_at + offset,
        granted_expires=granted_expires,
        registered_at=registered_at + offset,
        refreshed_at=refreshed_at + offset,
        refreshes=refreshes,
        status=state,
        user_agent=user_agent,
        behind_nat=bool(behind_nat),
        local=local,
        call_id=call_id,
        cseq=cseq,
        instance_id=instance_id,
        reg_id=reg_id,
        path=_decode_path(path) if path else (),
        q=None if q < 0 else q / 1000,
    )


def unbound_registration(row: Sequence[Any], offset: float) -> Registration:
    """Build the registration of a phone without a binding from `unbound_columns`."""
    _, number, aor, account_name, why, ended_at, user_agent = row
    return Registration(
        id=None,
        aor=aor,
        phone=number,
        account=account_name or "",
        status="unregistered",
        ended=why,
        ended_at=None if ended_at is None else ended_at + offset,
        user_agent=user_agent or "",
    )
