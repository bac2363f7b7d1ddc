"""The shape of every list: `{"items": [...], "next_cursor": ..., "total": ...}`."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel

from rollcall.api.problems import ProblemError
from rollcall.api.times import read_time
from rollcall.model.administration import Page

ItemT = TypeVar("ItemT")
ShownT = TypeVar("ShownT")

LIMIT_DEFAULT, LIMIT_MAX = 100, 1000
"""The most a page may hold: about 1 MB of registrations, still quick to make and to show."""

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Items of one page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of a page before")]
From = Annotated[str | None, Query(alias="from", description="RFC 3339 time, included")]
To = Annotated[str | None, Query(description="RFC 3339 time, not included")]


class ItemList(BaseModel, Generic[ShownT]):
    """A list for the OpenAPI document."""

    items: list[ShownT]
    next_cursor: str | None
    total: int


def json_response(value: object, status: int = 200) -> Response:
    """`value` as JSON, encoded in one go."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def page_response(page: Page[ItemT], show: Callable[[ItemT], dict[str, Any]]) -> Response:
    """One page as JSON."""
    items = [show(item) for item in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor, "total": page.total})


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The words of a filter that may be repeated and may hold commas: `1001, 1002`."""
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))


def moment(name: str, text: str | None) -> float | None:
    """Seconds since 1970 of a time in a query; raises a 422 problem that names it."""
    if text is None:
        return None
    try:
        return read_time(text.strip())
    except (ValueError, OverflowError):
        raise ProblemError(
            422, f"{name}: '{text[:40]}' is not a time; allowed: such as 2026-01-31T12:00:00Z"
        ) from None
