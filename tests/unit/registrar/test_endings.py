"""What happens to bindings without a REGISTER."""

from typing import Any

import pytest

from harness.registering import AOR, DESK, NOW, SOFT, Desk, kinds
from rollcall.model.record import AorRecord, NonceUse, Tombstone
from rollcall.model.refusal import Reason
from rollcall.registrar.endings import connection_lost, expire, flow_lost_at_restart, kick, remove

STREAM: dict[str, Any] = {
    "transport": "tcp",
    "source_host": "203.0.113.7",
    "via_host": "192.168.1.5",
}
HOME = "<sip:1001@192.168.1.5;transport=tcp>"


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.grant(DESK, call_id="a", expires=60, serial=1)
    desk.grant(SOFT, call_id="b", expires=600, serial=2)
    return desk


def test_expire_ends_only_what_is_over(desk: Desk) -> None:
    assert expire(desk.record, NOW + 59).record is desk.record
    decision = expire(desk.record, NOW + 60)
    assert [binding.contact for binding in decision.record.bindings] == [SOFT]
    assert kinds(decision) == ["expired"]
    assert decision.record.version == desk.record.version + 1


@pytest.mark.parametrize(
    "record",
    [
        AorRecord(AOR, 1, (), (Tombstone(DESK, "a", 1, NOW + 5, "kicked"),)),
        AorRecord(AOR, 1, (), (), (NonceUse(1, 1, 1, NOW + 5),)),
        AorRecord(AOR, 1, (), (), (), NOW + 5),
    ],
)
def test_expire_forgets_what_is_remembered_for_a_while(record: AorRecord) -> None:
    assert record.next_due() == NOW + 5
    assert expire(record, NOW + 4.9).record is record
    decision = expire(record, NOW + 5)
    assert decision.record.empty
    assert decision.record.version == 2


def test_kick_ends_everything_by_default(desk: Desk) -> None:
    decision = kick(desk.record, NOW + 1, reason="fraud")
    assert decision.record.bindings == ()
    assert kinds(decision) == ["kicked", "kicked"]
    assert {event.reason for event in decision.events} == {"fraud"}
    assert {stone.reason for stone in decision.record.tombstones} == {"kicked"}


def test_kick_by_id_or_contact_ends_that_one(desk: Desk) -> None:
    for decision in (
        kick(desk.record, NOW + 1, binding_ids={2}),
        kick(desk.record, NOW + 1, contact=SOFT),
        kick(desk.record, NOW + 1, contact="sip:1001@192.0.2.10:5070"),
    ):
        assert [binding.contact for binding in decision.record.bindings] == [DESK]


@pytest.mark.parametrize("contact", ["sip:1001@192.0.2.99", "no uri", ""])
def test_kick_that_matches_nothing_changes_nothing(desk: Desk, contact: str) -> None:
    assert kick(desk.record, NOW + 1, contact=contact).record is desk.record
    assert kick(desk.record, NOW + 1, binding_ids=()).record is desk.record


def test_kick_may_block_and_lift(desk: Desk) -> None:
    desk.record = kick(desk.record, NOW, block_until=NOW + 60).record
    assert desk.record.blocked_until == NOW + 60
    desk.record = kick(desk.record, NOW).record
    assert desk.record.blocked_until == NOW + 60
    assert desk.refuse(DESK, call_id="a", cseq=2).reason is Reason.BLOCKED
    lifted = kick(desk.record, NOW, block_until=0.0)
    assert lifted.record.blocked_until == 0.0
    assert lifted.record.version == desk.record.version + 1


def test_kick_of_a_phone_that_is_not_registered_can_block_it() -> None:
    decision = kick(AorRecord(AOR), NOW, block_until=NOW + 60)
    assert (decision.record.version, decision.record.blocked_until) == (1, NOW + 60)


def test_remove_ends_everything_and_forgets_the_nonces(desk: Desk) -> None:
    desk.grant(call_id="c", nonces=(NonceUse(1, 1, 1, NOW + 300),))
    decision = remove(desk.record, NOW + 1, "phone disabled")
    assert (decision.record.bindings, decision.record.nonces) == ((), ())
    assert kinds(decision) == ["removed", "removed"]
    assert decision.events[0].reason == "phone disabled"


def test_lost_connection_makes_what_needs_it_unreachable(desk: Desk) -> None:
    desk.grant(HOME, call_id="s", connection=7, serial=3, **STREAM)
    assert connection_lost(desk.record, 6, NOW + 10, 120).record is desk.record
    decision = connection_lost(desk.record, 7, NOW + 10, 120)
    lost = decision.record.bindings[2]
    assert (lost.unreachable_since, lost.grace_until) == (NOW + 10, NOW + 130)
    assert lost.ends_at == NOW + 130
    assert kinds(decision) == ["unreachable"]
    assert not decision.plain
    over = expire(decision.record, NOW + 130)
    assert "connection_lost" in kinds(over)


def test_without_grace_a_lost_connection_ends_the_binding_at_once(desk: Desk) -> None:
    desk.grant(HOME, call_id="s", connection=7, **STREAM)
    decision = connection_lost(desk.record, 7, NOW + 10, 0)
    assert kinds(decision) == ["connection_lost"]
    assert len(decision.record.bindings) == 2


def test_routable_stream_contact_outlives_its_connection(desk: Desk) -> None:
    desk.grant(f"{DESK};transport=tcp", call_id="s", connection=7, transport="tcp")
    assert connection_lost(desk.record, 7, NOW + 10, 120).record is desk.record


def test_restart_loses_all_flows_once(desk: Desk) -> None:
    desk.grant(HOME, call_id="s", connection=7, **STREAM)
    decision = flow_lost_at_restart(desk.record, NOW + 10, 120)
    assert kinds(decision) == ["unreachable"]
    assert "restart" in decision.events[0].detail
    again = flow_lost_at_restart(decision.record, NOW + 20, 120)
    assert again.record is decision.record


def test_a_connection_of_after_the_restart_is_not_lost(desk: Desk) -> None:
    """Records are loaded behind the phones' backs: one may have come back already."""
    desk.grant(HOME, call_id="s", connection=7, **STREAM)
    assert flow_lost_at_restart(desk.record, NOW + 10, 120, 7).record is desk.record
    assert kinds(flow_lost_at_restart(desk.record, NOW + 10, 120, 8)) == ["unreachable"]


def test_endings_drop_dead_nonces_when_they_change_anything(desk: Desk) -> None:
    dead, live = NonceUse(1, 1, 1, NOW + 5), NonceUse(2, 1, 1, NOW + 300)
    desk.grant(call_id="c", nonces=(dead, live))
    assert kick(desk.record, NOW + 5).record.nonces == (live,)
