"""What a refresh changed."""

from typing import Any

import pytest
from msgspec import structs

from harness.registering import DESK, NOW, Desk
from rollcall.model.record import AorRecord, Binding
from rollcall.registrar.draft import Draft
from rollcall.registrar.freshness import has_moved, only_fresher, place, tell_change


def bound() -> Binding:
    desk = Desk()
    desk.grant(DESK)
    return desk.binding


OLD = bound()


def changed(**fields: Any) -> Binding:
    return structs.replace(OLD, **fields)


def told(old: Binding, new: Binding) -> tuple[str, str] | None:
    draft = Draft(AorRecord("sip:1001@example.com", 1, (old,)), NOW + 60)
    tell_change(draft, old, new)
    return (str(draft.events[0].kind), draft.events[0].detail) if draft.events else None


def test_times_and_counters_are_only_fresher() -> None:
    assert only_fresher(
        OLD,
        changed(
            cseq=9,
            expires_at=1e6,
            refreshed_at=NOW + 1,
            granted_expires=5,
            refreshes=3,
            interval=30,
        ),
    )


@pytest.mark.parametrize(
    "field",
    [
        {"contact": "<sip:x@y>"},
        {"call_id": "b"},
        {"source_host": "192.0.2.99"},
        {"source_port": 9},
        {"transport": "tcp"},
        {"local": "x:1"},
        {"user_agent": "new"},
        {"behind_nat": True},
        {"connection": 7},
        {"path": ("<sip:edge>",)},
    ],
)
def test_everything_else_is_more(field: dict[str, Any]) -> None:
    assert not only_fresher(OLD, changed(**field))


def test_becoming_reachable_is_more() -> None:
    assert not only_fresher(changed(unreachable_since=NOW), OLD)


def test_host_transport_and_udp_port_are_a_move() -> None:
    assert not has_moved(OLD, OLD)
    assert has_moved(OLD, changed(source_host="192.0.2.99"))
    assert has_moved(OLD, changed(transport="tcp"))
    assert has_moved(OLD, changed(source_port=9))


def test_stream_ports_matter_only_behind_nat() -> None:
    tcp = changed(transport="tcp")
    assert not has_moved(tcp, structs.replace(tcp, source_port=9))
    assert has_moved(tcp, structs.replace(tcp, source_port=9, behind_nat=True))
    nat = structs.replace(tcp, behind_nat=True)
    assert has_moved(nat, structs.replace(tcp, source_port=9))


def test_place_is_written_for_people() -> None:
    assert place(OLD) == "udp 192.0.2.10:5060"
    assert place(changed(source_host="2001:db8::1")) == "udp [2001:db8::1]:5060"


def test_new_names_and_versions_are_no_event() -> None:
    assert told(OLD, changed(user_agent="new", call_id="b")) is None


def test_a_move_tells_from_where_to_where() -> None:
    assert told(OLD, changed(source_host="192.0.2.99")) == (
        "moved",
        "from udp 192.0.2.10:5060 to udp 192.0.2.99:5060",
    )


def test_another_port_of_the_same_host_names_the_likely_cause() -> None:
    found = told(OLD, changed(source_port=9))
    assert found is not None
    assert "another port" in found[1]


def test_back_at_the_same_host_is_reachable_elsewhere_is_moved() -> None:
    lost = changed(unreachable_since=NOW, grace_until=NOW + 120)
    assert told(lost, OLD) == ("reachable", "unreachable for 60 s")
    back = told(lost, changed(source_port=9))
    assert back is not None
    assert back[0] == "reachable"
    away = told(lost, changed(source_host="192.0.2.99"))
    assert away is not None
    assert away[0] == "moved"
    assert "unreachable for 60 s" in away[1]
