"""Registrations in the control side's view, as the projection puts them there."""

from pathlib import Path
from typing import Any

from msgspec import Raw

from doubles.control_side import ControlSide
from rollcall.model.event import Event, EventKind
from rollcall.model.record import AorRecord, Binding, encode_record
from rollcall.storage.journal_format import JournalChange, JournalGroup, Position
from rollcall.storage.projection import Projection


class OneGroup:
    """A journal reader with a single group."""

    def __init__(self, group: JournalGroup, directory: Path) -> None:
        self._group = group
        self._is_read = False
        self.directory = directory

    def durable(self) -> Position | None:
        return Position(1, 200, self._group.number)

    def reached(self, position: Position) -> bool:
        return position.group >= self._group.number

    def read(self, position: Position, limit: int) -> tuple[list[JournalGroup], Position]:
        del limit
        if self._is_read:
            return [], position
        self._is_read = True
        return [self._group], Position(1, 200, self._group.number)


def binding(number: int, now: float, **other: Any) -> Binding:
    fields: dict[str, Any] = {
        "id": number,
        "contact": f"<sip:{number}@192.0.2.{number % 200}:5062>",
        "call_id": f"call-{number}",
        "cseq": 2,
        "expires_at": now + 100.0,
        "registered_at": now - 5.0,
        "refreshed_at": now - 5.0,
        "granted_expires": 105,
        "refreshes": 0,
        "source_host": f"192.0.2.{number % 200}",
        "source_port": 5062,
        "transport": "udp",
        "local": "192.0.2.250:5060",
        "user_agent": f"=Phone/{number}",
    }
    return Binding(**(fields | other))


def project(side: ControlSide, *bindings: Binding) -> None:
    """Let the view show these bindings, one number each."""
    now = side.house.now()
    changes = [
        JournalChange(
            record=Raw(encode_record(AorRecord(f"sip:{one.id}@rollcall", 1, (one,)))),
            plain=False,
            events=(
                Event(
                    kind=EventKind.REGISTERED.value,
                    at=now,
                    aor=f"sip:{one.id}@rollcall",
                    binding_id=one.id,
                ),
            ),
        )
        for one in bindings
    ]
    journal = side.data.places.journal
    group = JournalGroup(1, now, 0.0, tuple(changes), ())
    Projection(side.data.engine, OneGroup(group, journal)).run_once()  # type: ignore[arg-type]  # a double
