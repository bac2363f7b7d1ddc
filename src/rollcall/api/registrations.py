"""/registrations: who is reachable where, and throwing out."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from rollcall.api.export import MEDIA_TYPES, csv_pieces, json_pieces, xlsx_pieces
from rollcall.api.history import EventItem, show_event
from rollcall.api.identity import HouseOf, Viewer
from rollcall.api.listing import Cursor, ItemList, Limit, json_response, page_response
from rollcall.api.registration_filter import wanted_by_query
from rollcall.api.registration_item import COLUMNS, RegistrationItem, show_registration
from rollcall.model.administration import (
    EventFilter,
    NotFoundError,
    RegistrationFilter,
)
from rollcall.model.administration_ports import Queries

router = APIRouter(prefix="/registrations", tags=["registrations"])

Wanted = Annotated[RegistrationFilter, Depends(wanted_by_query)]
Sort = Annotated[str, Query(max_length=40, description="A field, or -field for downwards")]

EVENTS_SHOWN = 20
"""Recent events shown with one registration: some hours of an ordinary phone's life."""


class RegistrationDetail(RegistrationItem):
    """One registration with what happened to its phone lately."""

    events: list[EventItem]


@router.get("", responses={200: {"model": ItemList[RegistrationItem]}})
async def list_registrations(
    house: HouseOf,
    viewer: Viewer,
    wanted: Wanted,
    limit: Limit = 100,
    cursor: Cursor = None,
    sort: Sort = "phone",
) -> Response:
    """Registrations and phones without one, page by page."""
    del viewer
    now = house.now()
    page = await house.read(
        lambda queries: queries.registrations(
            wanted, now=now, sort=sort, limit=limit, cursor=cursor
        )
    )
    return page_response(page, show_registration)


@router.get("/counts")
async def count_registrations(house: HouseOf, viewer: Viewer) -> Response:
    """How many there are of each status, and of phones."""
    del viewer
    now = house.now()
    return json_response(await house.read(lambda q: q.registration_counts(now=now)))


@router.get("/export", response_class=StreamingResponse)
async def export_registrations(
    house: HouseOf,
    viewer: Viewer,
    wanted: Wanted,
    file_format: Annotated[str, Query(alias="format", pattern="^(csv|json|xlsx)$")] = "csv",
    sort: Sort = "phone",
) -> StreamingResponse:
    """Everything that is selected, as a file, while it is read."""
    del viewer
    now = house.now()
    # Made before the answer begins: what is wrong with filter or sort can still be answered.
    found = await house.read(lambda queries: queries.each_registration(wanted, now=now, sort=sort))
    rows = ([show_registration(row) for row in chunk] for chunk in found)
    match file_format:
        case "csv":
            pieces = csv_pieces(COLUMNS, rows)
        case "json":
            pieces = json_pieces(rows)
        case _:
            pieces = xlsx_pieces(COLUMNS, rows)
    stamp = datetime.fromtimestamp(house.wall(), UTC).strftime("%Y%m%d-%H%M%S")
    headers = {
        "Content-Disposition": f'attachment; filename="registrations-{stamp}.{file_format}"',
        "X-Total-Count": str(found.total),  # lets the client show how far it is
    }
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)


@router.get("/{binding_id}", responses={200: {"model": RegistrationDetail}})
async def show_one(house: HouseOf, viewer: Viewer, binding_id: int) -> Response:
    """One registration with its recent events."""
    del viewer
    now = house.now()

    def work(queries: Queries) -> dict[str, Any]:
        row = queries.registration(binding_id, now=now)
        if row is None:
            raise NotFoundError(f"there is no registration {binding_id}")
        events = queries.events(EventFilter(phones=(row.phone,)), limit=EVENTS_SHOWN)
        shown = [show_event(event) for event in events.items]
        return show_registration(row) | {"events": shown}

    return json_response(await house.read(work))
