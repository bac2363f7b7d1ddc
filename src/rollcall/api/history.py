"""/events, /failures, /audit-log: what happened."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from rollcall.api.identity import Admin, HouseOf, Viewer
from rollcall.api.listing import (
    Cursor,
    From,
    ItemList,
    Limit,
    To,
    moment,
    page_response,
    words,
)
from rollcall.api.problems import ProblemError
from rollcall.api.times import show_time
from rollcall.model.administration import AuditEntry, EventEntry, EventFilter
from rollcall.model.event import EventKind
from rollcall.model.refusal import Reason

router = APIRouter()

Phones = Annotated[Sequence[str], Query(description="Numbers; commas allowed")]
Ip = Annotated[str, Query(description="Source: address, 192.168.1.x, CIDR, IPv6")]
AfterId = Annotated[int | None, Query(description="Only later than this event, oldest first")]
Reasons = Annotated[Sequence[str], Query(description="Names of refusals; commas allowed")]


_REASONS = {reason.value: reason for reason in Reason}


class EventItem(BaseModel):
    """One event."""

    id: int
    at: str
    kind: str
    phone: str | None
    aor: str | None
    binding_id: int | None
    contact: str | None
    source_ip: str | None
    source_port: int | None
    transport: str | None
    user_agent: str | None
    call_id: str | None
    reason: str | None
    detail: str | None
    count: int


class FailureItem(EventItem):
    """A refused request: the event, and what its reason means."""

    status: int | None
    meaning: str | None
    remedy: str | None


class AuditItem(BaseModel):
    """One change by an operator."""

    id: int
    at: str
    who: str
    where: str | None
    action: str
    target: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@router.get("/events", tags=["history"], responses={200: {"model": ItemList[EventItem]}})
async def list_events(
    house: HouseOf,
    viewer: Viewer,
    phone: Phones = (),
    kind: Annotated[Sequence[str], Query(description="Kinds of events; commas allowed")] = (),
    reason: Reasons = (),
    ip: Ip = "",
    since: From = None,
    to: To = None,
    after_id: AfterId = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What happened to phones, newest first."""
    del viewer
    known = [event_kind.value for event_kind in EventKind]
    kinds = words(kind)
    for one in kinds:
        if one not in known:
            raise ProblemError(422, f"kind: '{one[:40]}' is unknown; allowed: {', '.join(known)}")
    wanted = EventFilter(
        phones=words(phone),
        kinds=kinds,
        reasons=words(reason),
        ip=ip.strip(),
        since=moment("from", since),
        until=moment("to", to),
        after_id=after_id,
    )
    page = await house.read(lambda queries: queries.events(wanted, limit=limit, cursor=cursor))
    return page_response(page, show_event)


@router.get("/failures", tags=["history"], responses={200: {"model": ItemList[FailureItem]}})
async def list_failures(
    house: HouseOf,
    viewer: Viewer,
    phone: Phones = (),
    reason: Reasons = (),
    ip: Ip = "",
    since: From = None,
    to: To = None,
    after_id: AfterId = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Requests that were refused, with what to do about it, newest first."""
    del viewer
    wanted = EventFilter(
        phones=words(phone),
        kinds=(EventKind.REFUSED.value,),
        reasons=words(reason),
        ip=ip.strip(),
        since=moment("from", since),
        until=moment("to", to),
        after_id=after_id,
    )
    page = await house.read(lambda queries: queries.events(wanted, limit=limit, cursor=cursor))
    return page_response(page, show_failure)


@router.get("/audit-log", tags=["history"], responses={200: {"model": ItemList[AuditItem]}})
async def list_audit(
    house: HouseOf,
    admin: Admin,
    who: Annotated[str, Query(max_length=100)] = "",
    target: Annotated[str, Query(max_length=100)] = "",
    since: From = None,
    to: To = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """What operators changed, newest first."""
    del admin
    begin, end = moment("from", since), moment("to", to)
    page = await house.read(
        lambda queries: queries.audit(
            since=begin, until=end, who=who, target=target, limit=limit, cursor=cursor
        )
    )
    return page_response(page, _show_audit)


def show_event(event: EventEntry) -> dict[str, Any]:
    """An `EventItem` as a dictionary."""
    return {
        "id": event.id,
        "at": show_time(event.at),
        "kind": event.kind,
        "phone": event.phone or None,
        "aor": event.aor or None,
        "binding_id": event.binding_id or None,
        "contact": event.contact or None,
        "source_ip": event.source_ip or None,
        "source_port": event.source_port or None,
        "transport": event.transport or None,
        "user_agent": event.user_agent or None,
        "call_id": event.call_id or None,
        "reason": event.reason or None,
        "detail": event.detail or None,
        "count": event.count,
    }


def show_failure(event: EventEntry) -> dict[str, Any]:
    """A `FailureItem` as a dictionary."""
    reason = _REASONS.get(event.reason)  # None: written by another version
    return show_event(event) | {
        "status": reason.status if reason else None,
        "meaning": reason.meaning if reason else None,
        "remedy": reason.remedy if reason else None,
    }


def _show_audit(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": show_time(entry.at),
        "who": entry.who,
        "where": entry.where or None,
        "action": entry.action,
        "target": entry.target or None,
        "before": entry.before,
        "after": entry.after,
    }
