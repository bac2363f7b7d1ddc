"""`rollcall unregister`: disconnect a phone at once."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from rollcall.app.command_line.arguments import command
from rollcall.app.command_line.durations import duration_text, parse_duration
from rollcall.app.command_line.failure import CommandError
from rollcall.app.command_line.listing import counted, print_item
from rollcall.app.command_line.registration_words import contact_of, device_of
from rollcall.app.command_line.rest import Api
from rollcall.app.command_line.screen import tell
from rollcall.app.command_line.table import plain


@command
def unregister(
    api: Api,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="The phone's number.", show_default=False)
    ],
    contact: Annotated[
        str | None, typer.Option(metavar="URI", help="Only this contact; default: all of them.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Kept in events and the audit log.")] = None,
    block: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Keep it out for so long: 10m, 2h; 0 lifts it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be unregistered.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Unregister a phone: its registrations are gone when this returns.

    Nothing is sent to it. It may register again at once, unless --block keeps it out.
    """
    body: dict[str, Any] = {"filter": {"phone": number}, "dry_run": dry_run}
    if contact is not None:
        body["contact"] = contact
    if reason is not None:
        body["reason"] = reason
    seconds = _seconds(block)
    if seconds is not None:
        body["block_seconds"] = seconds
    answer = api.post("/registrations/kick", body)
    if as_json:
        print_item(answer)
    items = answer.get("items") or []
    count = int(answer.get("matched", len(items)))
    if not count and not (seconds is not None and _is_phone(api, number)):
        raise CommandError(f"{number} is not registered" + (f" at {contact}" if contact else ""))
    if not as_json:
        _say(number, items, count, seconds, dry_run=dry_run)


def _is_phone(api: Api, number: str) -> bool:
    """Whether it is a phone without a registration; raises `NotFoundError` when it is none."""
    return bool(api.get(f"/phones/{quote(number, safe='')}"))


def _seconds(block: str | None) -> int | None:
    if block is None:
        return None
    try:
        return parse_duration(block)
    except ValueError as error:
        raise typer.BadParameter(f"--block: {error}") from None


def _say(number: str, items: list[Any], count: int, seconds: int | None, *, dry_run: bool) -> None:
    for item in items:
        device = device_of(item)
        said = f"{contact_of(item) or item.get('contact')}" + (f"  {device}" if device else "")
        tell("  " + plain(said))
    done = "would be unregistered" if dry_run else "is unregistered"
    if count:
        tell(f"{number} {done}: {counted(count, 'contact')}.", style="good")
    elif seconds:
        tell(f"{number} is not registered.")
    if seconds and not dry_run:
        tell(f"It is kept out for {duration_text(seconds)}.", style="warn")
    elif seconds == 0 and not dry_run:
        tell(f"{number} is not kept out any more.", style="good")
