"""`rollcall events` and `rollcall failures`: what happened, newest first."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from rollcall.app.command_line.arguments import command
from rollcall.app.command_line.durations import moment
from rollcall.app.command_line.event_words import (
    COLUMNS,
    FAILURE_COLUMNS,
    FAILURE_FIELDS,
    FIELDS,
    event_line,
)
from rollcall.app.command_line.failure import NotReachableError
from rollcall.app.command_line.listing import Listing, Shape, json_text, print_listing
from rollcall.app.command_line.rest import Api, Item, Query
from rollcall.app.command_line.screen import out, tell
from rollcall.app.command_line.spreadsheet import csv_lines

FOLLOW_PAUSE = 0.5
"""Seconds between two looks for new events: half of the second listings may be behind."""

EVENTS = Listing(
    path="/events",
    columns=COLUMNS,
    fields=FIELDS,
    noun="event",
    when_empty="Nothing has happened yet. Events appear when the first phone registers.",
    when_no_match="No event matches these filters.",
)

FAILURES = Listing(
    path="/failures",
    columns=FAILURE_COLUMNS,
    fields=FAILURE_FIELDS,
    noun="refused request",
    when_empty="No request has been refused.",
    when_no_match="No refused request matches these filters.",
)

SinceOption = Annotated[
    str | None, typer.Option("--from", help="From this time on: 2h, 2026-11-23, 2026-11-23T05:00")
]
UntilOption = Annotated[str | None, typer.Option("--to", help="Up to this time.")]
LimitOption = Annotated[
    int | None, typer.Option(min=0, help="Rows at most; 0: all. Tables show 100.")
]


@dataclass(frozen=True, slots=True)
class EventFilters:
    """Which events."""

    phone: Annotated[str | None, typer.Option(help="Numbers, separated by commas: 1001,1002")] = (
        None
    )
    ip: Annotated[
        str | None, typer.Option(help="Source: an address, 192.168.1.x, a CIDR, IPv6.")
    ] = None
    since: SinceOption = None
    until: UntilOption = None

    def query(self) -> dict[str, str | int | None]:
        """As the API's query string."""
        now = datetime.now(UTC)
        try:
            return {
                "phone": ",".join((self.phone or "").replace(",", " ").split()),
                "ip": self.ip,
                "from": moment(self.since, now) if self.since else None,
                "to": moment(self.until, now) if self.until else None,
            }
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None


@command
def events(
    api: Api,
    filters: EventFilters,
    shape: Shape,
    kind: Annotated[
        str | None,
        typer.Option(help="registered, moved, expired, unregistered, kicked, refused..."),
    ] = None,
    limit: LimitOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing what happens; ctrl-c ends it.")
    ] = False,
) -> None:
    """What happened to registrations, newest first."""
    query = {**filters.query(), "kind": kind}
    if follow:
        _follow(api, query, shape)
    else:
        print_listing(api, EVENTS, query, shape, limit)


@command
def failures(api: Api, filters: EventFilters, shape: Shape, limit: LimitOption = None) -> None:
    """Requests that were refused, and why, newest first."""
    print_listing(api, FAILURES, filters.query(), shape, limit)


def _follow(api: Api, query: Query, shape: Shape) -> None:
    """Print the last few events, then every new one. JSON: one object a line."""
    try:
        if shape.csv:
            sys.stdout.writelines(csv_lines(FIELDS, ()))
        for item in each_new(api, query):
            if shape.json:
                sys.stdout.write(json_text(item) + "\n")
            elif shape.csv:
                sys.stdout.writelines(list(csv_lines(FIELDS, [item]))[1:])
            else:
                out().print(_line(item), soft_wrap=True)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return


def each_new(api: Api, query: Query, pause: float = FOLLOW_PAUSE) -> Iterator[Item]:
    """The last ten events, oldest first, then those to come; a restart is waited out."""
    recent = api.page("/events", {**query, "limit": 10}).items
    last = max((int(item["id"]) for item in recent), default=0)
    yield from reversed(recent)
    said = False
    while True:
        try:
            page = api.page("/events", {**query, "after_id": last, "limit": 1000})
        except NotReachableError as error:
            if not said:
                tell(f"{error}; waiting for it", style="warn")
            said = True
            time.sleep(pause)
            continue
        said = False
        for item in page.items:
            last = max(last, int(item["id"]))
            yield item
        if not page.items:
            time.sleep(pause)


def _line(item: Item) -> object:
    """One event as a line that may scroll by."""
    from rich.text import Text

    from rollcall.app.command_line.event_words import when_of

    line = Text(when_of(item) + "  ", style="quiet")
    line.append(f"{item.get('phone') or '':<8}  ")
    line.append_text(event_line(item))
    return line
