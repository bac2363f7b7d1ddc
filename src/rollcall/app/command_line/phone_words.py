"""How one provisioned phone reads: its row in the list and its details."""

from typing import TYPE_CHECKING, Any

from rollcall.app.command_line.durations import local_time, short_time
from rollcall.app.command_line.listing import Listing
from rollcall.app.command_line.rest import Item
from rollcall.app.command_line.table import Column

if TYPE_CHECKING:
    from rich.text import Text

FIELDS = (
    "number",
    "aor",
    "account",
    "domain",
    "auth_mode",
    "allow",
    "enabled",
    "overrides",
    "created_at",
    "updated_at",
)


def _allowed(item: Item) -> str:
    return ", ".join(item.get("allow") or ()) or "anywhere"


def _overrides(item: Item) -> str:
    return ", ".join(f"{key}={value}" for key, value in (item.get("overrides") or {}).items())


def _enabled_cell(item: Item) -> "Text":
    from rich.text import Text

    if item.get("enabled", True):
        return Text("enabled", style="good")
    return Text("disabled", style="bad")


PHONES = Listing(
    path="/phones",
    columns=(
        Column("Number", lambda item: str(item.get("number") or "")),
        Column("State", _enabled_cell),
        Column("Account", lambda item: str(item.get("account") or ""), rank=1, cut_to=8),
        Column("Domain", lambda item: str(item.get("domain") or ""), rank=4, optional=True),
        Column("Auth", lambda item: str(item.get("auth_mode") or ""), rank=3, optional=True),
        Column("Allowed from", _allowed, rank=2, cut_to=18),
        Column("Own parameters", _overrides, rank=5, cut_to=14, optional=True),
        Column("Added", lambda item: short_time(item.get("created_at")), rank=6, right=True),
    ),
    fields=FIELDS,
    noun="phone",
    when_empty="No phones yet. Add one with: rollcall phone add 1001",
)


def phone_details(item: Item) -> list[tuple[str, Any]]:
    """Names and values of everything about a phone; its password is not among them."""
    return [
        ("Number", item.get("number")),
        ("Address of record", item.get("aor")),
        ("State", "enabled" if item.get("enabled", True) else "disabled"),
        ("Account", item.get("account")),
        ("Domain", item.get("domain")),
        ("Authentication", item.get("auth_mode") or "as parameter auth_mode"),
        ("Allowed from", _allowed(item)),
        ("Own parameters", _overrides(item)),
        ("Added", local_time(item.get("created_at"))),
        ("Changed", local_time(item.get("updated_at"))),
    ]
