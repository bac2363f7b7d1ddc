"""`rollcall registrations`: who is reachable where."""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.app.command_line.arguments import command
from rollcall.app.command_line.durations import local_time
from rollcall.app.command_line.failure import CommandError, NotFoundError
from rollcall.app.command_line.listing import Listing, Shape, print_item, print_listing, print_pairs
from rollcall.app.command_line.registration_words import COLUMNS, FIELDS, details, status_cell
from rollcall.app.command_line.rest import Api, Item, Query
from rollcall.app.command_line.screen import is_terminal, out

app = typer.Typer(help="Who is reachable where: list, watch, show, export.")

REGISTRATIONS = Listing(
    path="/registrations",
    columns=COLUMNS,
    fields=FIELDS,
    noun="registration",
    when_empty=(
        "No phones yet. Add one with: rollcall phone add 1001\n"
        "then enter its number, password and this server's address in the phone."
    ),
    when_no_match="No registration matches these filters. rollcall registrations lists all.",
)

FILTER_PANEL = "Which registrations"


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of CONTRACT's `/registrations`."""

    phone: Annotated[
        str | None,
        typer.Option(help="Numbers, separated by commas: 1001,1002", rich_help_panel=FILTER_PANEL),
    ] = None
    ip: Annotated[
        str | None,
        typer.Option(
            help="Source or contact: an address, 192.168.1.x, a CIDR, IPv6.",
            rich_help_panel=FILTER_PANEL,
        ),
    ] = None
    account: Annotated[
        str | None, typer.Option(help="Name of an account.", rich_help_panel=FILTER_PANEL)
    ] = None
    status: Annotated[
        str | None,
        typer.Option(
            help="registered, expiring, unreachable, unregistered, expired; several with commas.",
            rich_help_panel=FILTER_PANEL,
        ),
    ] = None
    device: Annotated[
        str | None,
        typer.Option(help="Part of the device's name.", rich_help_panel=FILTER_PANEL),
    ] = None
    transport: Annotated[
        str | None, typer.Option(help="udp, tcp.", rich_help_panel=FILTER_PANEL)
    ] = None
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            "-q",
            help="Part of number, contact, address, account or device.",
            rich_help_panel=FILTER_PANEL,
        ),
    ] = None
    sort: Annotated[
        str | None,
        typer.Option(
            help="Field to sort by, -field for downwards: phone, status, expires_in, "
            "registered_at, source_ip, account...",
        ),
    ] = None

    def query(self) -> Query:
        """As the API's query string."""
        given: dict[str, Any] = asdict(self)
        given["q"] = given.pop("search")
        if self.phone:
            given["phone"] = ",".join(part for part in self.phone.replace(",", " ").split())
        return given


@app.callback(invoke_without_command=True)
@command
def registrations(
    api: Api,
    filters: Filters,
    shape: Shape,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Rows at most; 0: all. Tables show 100.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it live, once a second; q ends it.")
    ] = False,
) -> None:
    """Who is reachable where, by phone number, with filters; live with --watch."""
    if not watch:
        print_listing(api, REGISTRATIONS, filters.query(), shape, limit)
        return
    if shape.for_programs:
        raise typer.BadParameter("--watch is for people; leave out --json and --csv")
    if not is_terminal():
        raise typer.BadParameter("--watch needs a terminal; use --json in scripts")
    from rollcall.app.command_line.watch import watch_registrations

    watch_registrations(api, filters.query())


@app.command()
@command
def show(
    api: Api,
    registration: Annotated[str, typer.Argument(metavar="ID", help="Its id, see --json.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Everything about one registration. Instead of the id, its phone's number will do."""
    item = _find(api, registration)
    if as_json:
        print_item(item)
        return
    _print_details(item)


@app.command()
@command
def export(
    api: Api,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A name that ends in .csv, .json or .xlsx.")
    ],
    filters: Filters,
) -> None:
    """Write all registrations that match into a file."""
    from rollcall.app.command_line.download import FORMATS, save

    form = file.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise typer.BadParameter(f"{file.name} must end in .csv, .json or .xlsx")
    save(api, "/registrations/export", {**filters.query(), "format": form}, file)


def _find(api: Api, wanted: str) -> Item:
    """By id; else the one registration of the number."""
    if wanted.isascii() and wanted.isdecimal():
        with contextlib.suppress(NotFoundError):
            return api.get(f"/registrations/{wanted}")
    found = api.page("/registrations", {"phone": wanted, "limit": 100}).items
    ids = [str(item["id"]) for item in found if item.get("id") is not None]
    if len(ids) > 1:
        raise CommandError(f"{wanted} has several registrations: {', '.join(ids)}; name one")
    if found and not ids:
        raise CommandError(f"{wanted} is not registered")
    if not ids:
        raise CommandError(f"there is no registration {wanted}, and no phone of that number")
    return api.get(f"/registrations/{ids[0]}")


def _print_details(item: Item) -> None:
    from rich.text import Text

    console = out()
    heading = Text(str(item.get("phone")), style="title")
    heading.append("  ")
    heading.append_text(status_cell(item))
    console.print(heading)
    console.print()
    print_pairs(details(item))
    events = item.get("events") or []
    if events:
        from rollcall.app.command_line.event_words import event_line

        console.print()
        console.print(Text("Recently", style="title"))
        for event in events:
            line = Text(local_time(event.get("at")) + "  ", style="quiet")
            line.append_text(event_line(event))
            console.print(line)
