"""How one event reads."""

from typing import Any

from rollcall.app.command_line.event_words import STYLES, event_line, kind_cell, what_of
from rollcall.model.event import EventKind


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "source_ip": "192.0.2.9", "source_port": 5062, "count": 1, **more}


def test_colours_are_for_kinds_that_exist() -> None:
    assert set(STYLES) <= {kind.value for kind in EventKind}


def test_only_the_kind_is_coloured() -> None:
    line = event_line(event("kicked", detail="by the operator"))
    assert line.plain == "kicked           192.0.2.9:5062  by the operator"
    assert not line.style
    assert [(span.start, span.end, span.style) for span in line.spans] == [(0, 6, "bad")]
    assert kind_cell(event("kicked")).style == "bad"


def test_reason_evidence_and_count_are_one_text() -> None:
    assert what_of(event("refused", reason="wrong_password", detail="MD5", count=12_346)) == (
        "wrong password: MD5 (and 12,345 more)"
    )
    assert what_of(event("moved", detail="a -> b")) == "a -> b"
    assert what_of(event("expired")) == ""
    assert what_of(event("refused", count=3)) == "(and 2 more)"


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert "\x1b" not in event_line(event("refused", detail="\x1b[2Jhello")).plain
