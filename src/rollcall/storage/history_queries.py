"""Listings of events and of the audit log, newest first."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, func, select

from rollcall.model.administration import (
    AuditEntry,
    EventEntry,
    EventFilter,
    Page,
)
from rollcall.storage.cursors import read_cursor, write_cursor
from rollcall.storage.filters import address_range, contains
from rollcall.storage.schema import audit_log, event

_COUNTED = 10_000
"""Events counted for `total` at most: beyond it the exact number costs more than it says."""

_decode = msgspec.json.Decoder(dict[str, object]).decode


class HistoryQueries:
    """See `rollcall.model.administration_ports.Queries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events(
        self, wanted: EventFilter, *, limit: int = 100, cursor: str | None = None
    ) -> Page[EventEntry]:
        """Give one page of the history; raises `InvalidError`."""
        conditions = _event_conditions(wanted)
        upwards = wanted.after_id is not None
        order = "id" if upwards else "-id"
        after = read_cursor(cursor, order, 1)
        query = select(event).where(*conditions)
        if after is not None:
            query = query.where(event.c.id > after[0] if upwards else event.c.id < after[0])
        query = query.order_by(event.c.id if upwards else event.c.id.desc()).limit(limit + 1)
        counted = select(event.c.id).where(*conditions).limit(_COUNTED).subquery()
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
            total = connection.execute(select(func.count()).select_from(counted)).scalar_one()
        items = [_event_entry(row) for row in rows[:limit]]
        following = write_cursor(order, (items[-1].id,)) if len(rows) > limit else None
        return Page(items, following, total)

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
        """Give one page of the audit log."""
        conditions: list[ColumnElement[bool]] = []
        if since is not None:
            conditions.append(audit_log.c.at >= since)
        if until is not None:
            conditions.append(audit_log.c.at < until)
        if who:
            conditions.append(audit_log.c.who == who)
        if target:
            conditions.append(contains(audit_log.c.target, target))
        after = read_cursor(cursor, "-id", 1)
        query = select(audit_log).where(*conditions)
        if after is not None:
            query = query.where(audit_log.c.id < after[0])
        counting = select(func.count(audit_log.c.id)).where(*conditions)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(audit_log.c.id.desc()).limit(limit + 1)).all()
            total = connection.execute(counting).scalar_one()
        items = [_audit_entry(row) for row in rows[:limit]]
        following = write_cursor("-id", (items[-1].id,)) if len(rows) > limit else None
        return Page(items, following, total)


def _event_conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.phones:
        conditions.append(event.c.number.in_(wanted.phones))
    if wanted.kinds:
        conditions.append(event.c.kind.in_(wanted.kinds))
    if wanted.reasons:
        conditions.append(event.c.reason.in_(wanted.reasons))
    if wanted.ip:
        low, high = address_range(wanted.ip)
        conditions.append(event.c.source_key.between(low, high))
    if wanted.since is not None:
        conditions.append(event.c.wall >= wanted.since)
    if wanted.until is not None:
        conditions.append(event.c.wall < wanted.until)
    if wanted.after_id is not None:
        conditions.append(event.c.id > wanted.after_id)
    return conditions


def _event_entry(row: Row[Any]) -> EventEntry:
    return EventEntry(
        id=row.id,
        at=row.wall,
        kind=row.kind,
        phone=row.number,
        aor=row.aor,
        binding_id=row.binding_id,
        contact=row.contact,
        source_ip=row.source_host,
        source_port=row.source_port,
        transport=row.transport,
        user_agent=row.user_agent,
        call_id=row.call_id,
        reason=row.reason,
        detail=row.detail,
        count=row[-1],
    )


def _audit_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        who=row.who,
        where=row.origin,
        action=row.action,
        target=row.target,
        before=_decode(row.before) if row.before else None,
        after=_decode(row.after) if row.after else None,
    )
