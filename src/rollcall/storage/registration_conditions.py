"""Filters of registrations as conditions, on bindings and on phones without one."""

from sqlalchemy import ColumnElement, Select, select

from rollcall.model.administration import InvalidError, RegistrationFilter
from rollcall.model.record import EndReason
from rollcall.storage.filters import any_of, contains, in_range
from rollcall.storage.registration_rows import alive, ended, status, unbound
from rollcall.storage.schema import account, binding, last_end, phone

BOUND_STATUSES = ("registered", "expiring", "unreachable")
STATUSES = (*BOUND_STATUSES, "unregistered", "expired")


def bound_conditions(wanted: RegistrationFilter, now: float) -> list[ColumnElement[bool]] | None:
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
        columns = (b.number, b.contact, b.source_host, b.user_agent)
        # Not by a join, which would look up the account of each binding there is.
        of_account = select(phone.c.number).where(phone.c.account_id.in_(_accounts(wanted.q)))
        found = [contains(column, wanted.q) for column in columns]
        conditions.append(any_of(*found, b.number.in_(of_account)))
    return conditions


def unbound_conditions(wanted: RegistrationFilter, now: float) -> list[ColumnElement[bool]] | None:
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
        found = [contains(column, wanted.q) for column in (phone.c.number, last_end.c.user_agent)]
        conditions.append(any_of(*found, phone.c.account_id.in_(_accounts(wanted.q))))
    return conditions


def _accounts(part: str) -> Select[tuple[int]]:
    return select(account.c.id).where(contains(account.c.name, part))
