"""One registration as clients see it."""

from typing import Any

from pydantic import BaseModel

from rollcall.api.times import show_time
from rollcall.model.administration import Registration
from rollcall.sip.hidden_password import hide_password


class RegistrationItem(BaseModel):
    """For the OpenAPI document; `show_registration` makes the same as a plain dictionary."""

    id: int | None
    aor: str
    phone: str
    account: str | None
    contact: str | None
    contact_ip: str | None
    contact_port: int | None
    source_ip: str | None
    source_port: int | None
    transport: str | None
    expires_in: int | None
    expires_at: str | None
    granted_expires: int | None
    registered_at: str | None
    refreshed_at: str | None
    refreshes: int
    status: str
    ended: str | None
    ended_at: str | None
    user_agent: str | None
    vendor: str | None
    model: str | None
    firmware: str | None
    country: str | None
    behind_nat: bool | None
    rtt_ms: float | None
    node: str | None
    local: str | None
    call_id: str | None
    cseq: int | None
    instance_id: str | None
    reg_id: int | None
    path: list[str]
    q: float | None


def show_registration(row: Registration) -> dict[str, Any]:
    """A `RegistrationItem` as a dictionary; what is not known is None."""
    return {
        "id": row.id,
        "aor": row.aor,
        "phone": row.phone,
        "account": row.account or None,
        "contact": hide_password(row.contact) or None,
        "contact_ip": row.contact_ip or None,
        "contact_port": row.contact_port or None,
        "source_ip": row.source_ip or None,
        "source_port": row.source_port or None,
        "transport": row.transport or None,
        "expires_in": row.expires_in,
        "expires_at": show_time(row.expires_at),
        "granted_expires": row.granted_expires,
        "registered_at": show_time(row.registered_at),
        "refreshed_at": show_time(row.refreshed_at),
        "refreshes": row.refreshes,
        "status": row.status,
        "ended": row.ended,
        "ended_at": show_time(row.ended_at),
        "user_agent": row.user_agent or None,
        "vendor": None,
        "model": None,
        "firmware": None,
        "country": None,
        "behind_nat": row.behind_nat if row.id is not None else None,
        "rtt_ms": None,
        "node": None,
        "local": row.local or None,
        "call_id": row.call_id or None,
        "cseq": row.cseq,
        "instance_id": row.instance_id or None,
        "reg_id": row.reg_id or None,
        "path": list(row.path),
        "q": row.q,
    }


COLUMNS: tuple[str, ...] = tuple(RegistrationItem.model_fields)
"""Columns of an export, in order."""
