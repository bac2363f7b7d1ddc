"""How one registration reads: its cells in the table and its lines in the details."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rollcall.app.command_line.durations import duration_text, local_time, short_time
from rollcall.app.command_line.rest import Item
from rollcall.app.command_line.screen import MARKS
from rollcall.app.command_line.table import Column

if TYPE_CHECKING:
    from rich.text import Text

ENDED = {
    "expired": "expired",
    "unregistered": "signed off",
    "kicked": "kicked",
    "replaced": "replaced",
    "connection_lost": "conn. lost",
    "unreachable": "no answer",
    "removed": "removed",
    "never": "never",
}
"""Why a phone has no binding, in a cell's width."""

FIELDS = (
    *("id", "aor", "phone", "account", "contact", "contact_ip", "contact_port"),
    *("source_ip", "source_port", "transport"),
    *("expires_in", "expires_at", "granted_expires", "registered_at", "refreshed_at", "refreshes"),
    *("status", "ended", "ended_at", "user_agent", "vendor", "model", "firmware", "country"),
    *("behind_nat", "rtt_ms", "node", "local", "call_id", "cseq", "instance_id", "reg_id"),
    *("path", "q"),
)
"""Columns of the CSV."""

LAST_SECONDS = 10
"""A binding this near to its end is shown in the colour of the end."""


def address(host: object, port: object) -> str:
    """`192.0.2.7:5060`, `[2001:db8::7]:5060`; the host alone without a port."""
    if not host:
        return ""
    shown = f"[{host}]" if ":" in str(host) else str(host)
    return f"{shown}:{port}" if port else shown


def contact_of(item: Item) -> str:
    """Where the device asked to be reached."""
    return address(item.get("contact_ip"), item.get("contact_port"))


def source_of(item: Item) -> str:
    """Where its requests come from."""
    return address(item.get("source_ip"), item.get("source_port"))


def status_cell(item: Item) -> "Text":
    """Mark and word in the status' colour."""
    from rich.text import Text

    status = str(item.get("status", ""))
    return Text(f"{MARKS.get(status, '?')} {status}", style=status if status in MARKS else "")


def expires_cell(item: Item) -> "Text | str":
    """How long the binding lasts; why it ended when there is none."""
    from rich.text import Text

    if item.get("status") == "unregistered":
        return Text(ENDED.get(str(item.get("ended")), str(item.get("ended") or "")), style="quiet")
    seconds = item.get("expires_in")
    style = "warn" if seconds is not None and seconds <= LAST_SECONDS else ""
    return Text(duration_text(seconds), style=style)


def since_cell(item: Item) -> "Text | str":
    """When the device registered; when the last binding ended if there is none."""
    from rich.text import Text

    if item.get("status") == "unregistered":
        return Text(short_time(item.get("ended_at")), style="quiet")
    return short_time(item.get("registered_at"))


def source_cell(item: Item) -> "Text | str":
    """The source, quiet where it only repeats the contact, marked where a NAT is between."""
    from rich.text import Text

    shown = source_of(item)
    if item.get("behind_nat"):
        return Text(f"{shown} nat", style="accent")
    return Text(shown, style="quiet" if shown == contact_of(item) else "")


def device_of(item: Item) -> str:
    """Vendor and model where they are known, else what the device calls itself."""
    known = " ".join(str(item[name]) for name in ("vendor", "model") if item.get(name))
    return known or str(item.get("user_agent") or "")


def _text(field: str) -> Callable[[Item], str]:
    return lambda item: str(item.get(field) or "")


COLUMNS = (
    Column("Phone", _text("phone")),
    Column("Status", status_cell, steady=14),
    Column("Contact", contact_of, cut_to=19),
    Column("Source", source_cell, rank=2, cut_to=19),
    Column("Via", _text("transport"), rank=4, optional=True),
    Column("Expires in", expires_cell, right=True, steady=10, cut_to=10),
    Column("Since", since_cell, rank=3, right=True, steady=8),
    Column("Account", _text("account"), rank=5, cut_to=8, optional=True),
    Column("Device", device_of, rank=6, cut_to=16, optional=True),
)


def details(item: Item) -> list[tuple[str, Any]]:
    """Names and values of everything there is to say, in the order people ask."""
    nat = ", behind NAT" if item.get("behind_nat") else ""
    return [
        ("Phone", str(item.get("phone") or "")),
        ("Address of record", item.get("aor")),
        ("Account", item.get("account")),
        ("Contact", item.get("contact")),
        ("Source", f"{source_of(item)} over {str(item.get('transport') or '').upper()}{nat}"),
        ("Answered from", item.get("local")),
        ("Path", ", ".join(item.get("path") or ())),
        ("Device", item.get("user_agent")),
        ("Vendor, model", " ".join(str(item[k]) for k in ("vendor", "model") if item.get(k))),
        ("Instance", item.get("instance_id")),
        ("Flow number (reg-id)", item.get("reg_id") or None),
        ("Expires in", _expiry(item)),
        ("Registered since", local_time(item.get("registered_at"))),
        ("Last refresh", local_time(item.get("refreshed_at"))),
        ("Refreshes", item.get("refreshes")),
        ("Call-ID", item.get("call_id")),
        ("CSeq", item.get("cseq")),
        ("Preference (q)", item.get("q")),
        ("Country", item.get("country")),
        ("Round trip", f"{item['rtt_ms']} ms" if item.get("rtt_ms") is not None else None),
        ("Node", item.get("node")),
        ("Id", item.get("id")),
    ]


def _expiry(item: Item) -> str:
    left = duration_text(item.get("expires_in"))
    granted = item.get("granted_expires")
    at = local_time(item.get("expires_at"))
    return f"{left} (at {at}, granted {duration_text(granted)})" if at else left
