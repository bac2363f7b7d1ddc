"""Phones as rows of rollcall.db, and back."""

from typing import Any

from sqlalchemy import Row, Select, select

from rollcall.model.administration import PhoneEntry
from rollcall.storage.phone_columns import (
    read_networks,
    read_overrides,
    write_networks,
    write_overrides,
)
from rollcall.storage.schema import account, phone


def select_phones() -> Select[Any]:
    """Select what `phone_entry` needs."""
    return select(
        phone.c.number,
        phone.c.domain,
        account.c.name.label("account"),
        phone.c.auth_mode,
        phone.c.networks,
        phone.c.overrides,
        phone.c.enabled,
        phone.c.created_at,
        phone.c.updated_at,
    ).outerjoin_from(phone, account, account.c.id == phone.c.account_id)


def phone_entry(row: Row[Any]) -> PhoneEntry:
    """Build the entry from a row of `select_phones`."""
    return PhoneEntry(
        number=row.number,
        domain=row.domain,
        account=row.account or "",
        auth_mode=row.auth_mode,
        networks=read_networks(row.networks),
        overrides=read_overrides(row.overrides),
        enabled=bool(row.enabled),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def phone_values(entry: PhoneEntry, account_id: int | None) -> dict[str, Any]:
    """Give the columns of an entry, all but the secret."""
    return {
        "number": entry.number,
        "domain": entry.domain,
        "account_id": account_id,
        "auth_mode": entry.auth_mode,
        "networks": write_networks(entry.networks),
        "overrides": write_overrides(entry.overrides),
        "enabled": entry.enabled,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
    }
