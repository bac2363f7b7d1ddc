"""/registrations/kick and DELETE of one: throwing phones out."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from rollcall.api.audit import audited
from rollcall.api.identity import HouseOf, Identity, Operator
from rollcall.api.listing import json_response
from rollcall.api.ports import House, Kick
from rollcall.api.problems import ProblemError
from rollcall.api.registration_filter import FilterBody
from rollcall.api.registration_item import RegistrationItem, show_registration
from rollcall.model.administration import NotFoundError, Registration, RegistrationFilter
from rollcall.model.administration_ports import Queries
from rollcall.sip.hidden_password import hide_password

router = APIRouter(prefix="/registrations", tags=["registrations"])

KICKED_SHOWN = 100
"""Items listed in the answer to a kick; `matched` counts all."""

REASON_LIMIT = 200
"""Characters an operator may give as his reason: one line in the history."""

BLOCK_LIMIT = 10 * 366 * 86400
"""Seconds of the longest block: ten years is for ever for a phone."""


class KickBody(BaseModel):
    """Which registrations shall end, and why."""

    model_config = ConfigDict(extra="forbid")

    filter: FilterBody | None = None
    ids: list[int] | None = Field(default=None, max_length=100_000)
    contact: str = Field(default="", max_length=2000, description="Only this contact URI")
    reason: str = Field(default="operator", max_length=REASON_LIMIT)
    block_seconds: int | None = Field(default=None, ge=0, le=BLOCK_LIMIT)
    dry_run: bool = False


class KickResult(BaseModel):
    """What was, or would be, thrown out."""

    dry_run: bool
    matched: int
    kicked: int
    blocked: int
    """Phones kept out for a while."""
    items: list[RegistrationItem]


@router.post("/kick", responses={200: {"model": KickResult}})
async def kick_registrations(house: HouseOf, operator: Operator, body: KickBody) -> Response:
    """End registrations at once. The phones are not told; they may come back unless blocked."""
    if body.filter is None and body.ids is None:
        # Everybody at once must be asked for in so many words: {"filter": {}}.
        raise ProblemError(422, "filter or ids is needed")
    wanted = body.filter.wanted() if body.filter is not None else RegistrationFilter()
    if body.ids is not None:
        if not body.ids:
            return _kick_result(body, [], [])
        wanted = msgspec.structs.replace(wanted, ids=tuple(body.ids))
    await house.caught_up()  # who registered a moment ago is thrown out too
    now = house.now()
    found = await house.read(lambda queries: _all(queries, wanted, now))
    rows = [row for row in found if not body.contact or _is_contact(row, body.contact)]
    bound = [row for row in rows if row.id is not None]
    kicks = _kicks(rows if body.block_seconds is not None else bound, body)
    if not body.dry_run and kicks:
        await house.kick(kicks)
        await _note(house, operator, body, bound, kicks)
    return _kick_result(body, bound, kicks)


@router.delete("/{binding_id}", status_code=204)
async def kick_one(
    house: HouseOf,
    operator: Operator,
    binding_id: int,
    reason: Annotated[str, Query(max_length=REASON_LIMIT)] = "operator",
) -> Response:
    """End one registration at once."""
    now = house.now()
    row = await house.read(lambda queries: queries.registration(binding_id, now=now))
    if row is None:
        raise NotFoundError(f"there is no registration {binding_id}")
    body = KickBody(ids=[binding_id], reason=reason)
    kicks = _kicks([row], body)
    await house.kick(kicks)
    await _note(house, operator, body, [row], kicks)
    return Response(status_code=204)


def _all(queries: Queries, wanted: RegistrationFilter, now: float) -> list[Registration]:
    return [row for chunk in queries.each_registration(wanted, now=now) for row in chunk]


def _is_contact(row: Registration, wanted: str) -> bool:
    """Whether the row's contact is the URI an operator typed, with or without brackets."""
    uri = row.contact
    if "<" in uri:
        uri = uri.partition("<")[2].partition(">")[0]
    typed = wanted.strip().removeprefix("<").removesuffix(">")
    spellings = {uri, uri.partition(";")[0]}
    spellings |= {hide_password(spelling) for spelling in spellings}  # as listings show it
    return row.id is not None and typed in spellings


def _kicks(rows: Sequence[Registration], body: KickBody) -> list[Kick]:
    """One kick for each AOR, in the order of the rows."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        mine = ids.setdefault(row.aor, [])
        if row.id is not None:
            mine.append(row.id)
    return [
        Kick(
            aor=aor,
            binding_ids=tuple(mine),
            reason=body.reason.strip() or "operator",
            block_seconds=body.block_seconds,
        )
        for aor, mine in ids.items()
    ]


def _kick_result(body: KickBody, bound: Sequence[Registration], kicks: Sequence[Kick]) -> Response:
    return json_response(
        {
            "dry_run": body.dry_run,
            "matched": len(bound),
            "kicked": 0 if body.dry_run else len(bound),
            "blocked": len(kicks) if body.block_seconds and not body.dry_run else 0,
            "items": [show_registration(row) for row in bound[:KICKED_SHOWN]],
        }
    )


async def _note(
    house: House,
    operator: Identity,
    body: KickBody,
    bound: Sequence[Registration],
    kicks: Sequence[Kick],
) -> None:
    """Write the audit log: each phone by name while they are few, else the filter."""
    after: dict[str, object] = {"reason": body.reason, "kicked": len(bound)}
    if body.block_seconds is not None:
        after["block_seconds"] = body.block_seconds
    if len(kicks) > 1 and body.filter is not None:
        after["filter"] = body.filter.model_dump(exclude_defaults=True)
    numbers = [kick.aor.removeprefix("sip:").partition("@")[0] for kick in kicks]
    target = numbers[0] if len(numbers) == 1 else f"{len(numbers)} phones"
    entry = audited(house, operator, "registration.kick", target, after=after)
    await house.write(lambda repositories: repositories.add_audit(entry))
