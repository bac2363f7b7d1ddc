"""How one event reads."""

from typing import TYPE_CHECKING

from rollcall.app.command_line.durations import local_time
from rollcall.app.command_line.registration_words import source_of
from rollcall.app.command_line.rest import Item
from rollcall.app.command_line.table import Column, plain

if TYPE_CHECKING:
    from rich.text import Text

STYLES = {
    "registered": "good",
    "reachable": "good",
    "moved": "accent",
    "expired": "warn",
    "kicked": "bad",
    "refused": "bad",
    "unreachable": "bad",
    "connection_lost": "warn",
    "replaced": "warn",
    "removed": "warn",
}

FIELDS = (
    "id",
    "at",
    "kind",
    "phone",
    "aor",
    "binding_id",
    "contact",
    "source_ip",
    "source_port",
    "transport",
    "user_agent",
    "call_id",
    "reason",
    "detail",
    "count",
)
FAILURE_FIELDS = (*FIELDS, "status", "meaning", "remedy")

KIND_WIDTH = 15
"""The longest kind."""


def kind_cell(item: Item) -> "Text":
    """The kind in its colour."""
    from rich.text import Text

    kind = str(item.get("kind", ""))
    return Text(kind, style=STYLES.get(kind, ""))


def what_of(item: Item) -> str:
    """Reason and evidence, and how many alike it stands for."""
    reason = str(item.get("reason") or "").replace("_", " ")
    said = ": ".join(part for part in (reason, str(item.get("detail") or "")) if part)
    count = item.get("count") or 1
    return f"{said} (and {count - 1:,} more)".strip() if count > 1 else said


def when_of(item: Item) -> str:
    """Local time."""
    return local_time(item.get("at"))


def event_line(item: Item) -> "Text":
    """Kind, source and what is said about it, on one line."""
    from rich.text import Text

    line = Text()
    line.append_text(kind_cell(item))
    line.pad_right(KIND_WIDTH - line.cell_len)
    for part in (source_of(item), what_of(item)):
        if part:
            line.append("  " + plain(part))
    return line


COLUMNS = (
    Column("When", when_of, steady=19),
    Column("Event", kind_cell, steady=10),
    Column("Phone", lambda item: str(item.get("phone") or "")),
    Column("Source", source_of, rank=2, cut_to=19),
    Column("What", what_of, rank=1, cut_to=14, optional=True),
    Column("Contact", lambda item: str(item.get("contact") or ""), rank=4, cut_to=20),
    Column("Device", lambda item: str(item.get("user_agent") or ""), rank=5, cut_to=16),
)

FAILURE_COLUMNS = (
    Column("When", when_of, steady=19),
    Column("Phone", lambda item: str(item.get("phone") or "")),
    Column("Source", source_of, cut_to=19),
    Column("Reason", lambda item: str(item.get("reason") or "").replace("_", " "), rank=1),
    Column("Times", lambda item: f"{item.get('count') or 1:,}", rank=2, right=True),
    Column("Detail", lambda item: str(item.get("detail") or ""), rank=3, cut_to=16, optional=True),
    Column("Device", lambda item: str(item.get("user_agent") or ""), rank=4, cut_to=16),
)
