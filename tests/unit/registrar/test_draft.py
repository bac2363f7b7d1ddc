"""The next record while it is being made."""

from typing import Any

from msgspec import structs

from harness.registering import AOR, DESK, NOW, Desk
from rollcall.model.record import AorRecord, Binding, EndReason, NonceUse, Tombstone
from rollcall.registrar.draft import LEAST_TOMBSTONES, TOMBSTONE_TEXT, Draft


def bound(**fields: Any) -> Binding:
    desk = Desk()
    desk.grant(DESK)
    return structs.replace(desk.binding, **fields)


def test_nothing_done_gives_the_very_same_record() -> None:
    record = AorRecord(AOR, 3, (bound(),))
    decision = Draft(record, NOW).finish(())
    assert decision.record is record
    assert decision.events == ()


def test_what_is_over_is_dropped_but_is_no_change_of_its_own() -> None:
    stones = (Tombstone(DESK, "a", 1, NOW, "kicked"), Tombstone(DESK, "b", 1, NOW + 1, "kicked"))
    record = AorRecord(AOR, 3, (bound(),), stones, (), NOW)
    draft = Draft(record, NOW)
    assert draft.tombstones == stones[1:]
    assert draft.blocked_until == 0.0
    assert draft.finish(()).record is record
    draft.changed = True
    decision = draft.finish(())
    assert decision.record.tombstones == stones[1:]
    assert decision.record.blocked_until == 0.0
    assert not decision.plain


def test_a_binding_ends_at_its_own_time() -> None:
    record = AorRecord(AOR, 3, (bound(expires_at=NOW + 60),))
    assert Draft(record, NOW + 59.9).bindings
    draft = Draft(record, NOW + 500)
    assert draft.bindings == []
    (event,) = draft.events
    assert (event.kind, event.at, event.reason) == ("expired", NOW + 60, "expired")
    assert draft.finish(()).record == AorRecord(AOR, 4)


def test_a_stream_whose_grace_is_over_ends_as_connection_lost() -> None:
    lost = bound(unreachable_since=NOW, grace_until=NOW + 120)
    (event,) = Draft(AorRecord(AOR, 3, (lost,)), NOW + 120).events
    assert (event.kind, event.at) == ("connection_lost", NOW + 120)
    late = bound(unreachable_since=NOW, grace_until=NOW + 120, expires_at=NOW + 100)
    (event,) = Draft(AorRecord(AOR, 3, (late,)), NOW + 120).events
    assert (event.kind, event.at) == ("expired", NOW + 100)


def test_only_very_short_bindings_leave_a_tombstone_when_they_expire() -> None:
    short = bound(expires_at=NOW + 10, refreshed_at=NOW)
    (stone,) = Draft(AorRecord(AOR, 3, (short,)), NOW + 11).tombstones
    assert (stone.until, stone.reason) == (NOW + 32, "expired")
    assert Draft(AorRecord(AOR, 3, (short,)), NOW + 32).tombstones == ()


def test_tombstone_repeats_what_identifies_the_binding() -> None:
    binding = bound(instance_id="urn:uuid:a", reg_id=2, cseq=8)
    draft = Draft(AorRecord(AOR, 3, (binding,)), NOW)
    draft.end(binding, EndReason.KICKED, reason="fraud", detail="by root")
    (stone,) = draft.tombstones
    assert stone == Tombstone(DESK, "call-a", 8, NOW + 32, "kicked", "urn:uuid:a", 2)
    (event,) = draft.events
    assert (event.kind, event.reason, event.detail) == ("kicked", "fraud", "by root")


def test_one_tombstone_for_each_contact_and_call_id() -> None:
    draft = Draft(AorRecord(AOR), NOW)
    for cseq in range(1, 5):
        draft.bury(bound(cseq=cseq), EndReason.KICKED)
    draft.bury(bound(call_id="b"), EndReason.KICKED)
    assert [(stone.call_id, stone.cseq) for stone in draft.tombstones] == [
        ("call-a", 4),
        ("b", 1),
    ]


def buried(record: AorRecord, *call_ids: str) -> tuple[Tombstone, ...]:
    draft = Draft(record, NOW)
    for call_id in call_ids:
        draft.bury(bound(call_id=call_id), EndReason.KICKED)
    return draft.finish(()).record.tombstones


def test_tombstones_are_bounded_the_newest_stay() -> None:
    call_ids = [str(number) for number in range(LEAST_TOMBSTONES + 50)]
    stones = buried(AorRecord(AOR), *call_ids)
    assert [stone.call_id for stone in stones] == call_ids[-LEAST_TOMBSTONES:]


def test_every_binding_that_one_star_ends_may_have_two_tombstones() -> None:
    many = tuple(bound(id=n, contact=f"<sip:1@192.0.2.1:{n}>") for n in range(1, 101))
    draft = Draft(AorRecord(AOR, 3, many), NOW)
    for binding in many:
        draft.unregister(binding, "star", 7)
    after = draft.finish(()).record
    assert len(after.tombstones) == 200
    assert len(buried(after, "more")) == 200, "they stay until they are over"


def test_long_texts_leave_room_for_fewer_tombstones() -> None:
    record = AorRecord(AOR)
    for number in range(LEAST_TOMBSTONES):
        record = structs.replace(record, tombstones=buried(record, f"{number}" + "x" * 3000))
    text = sum(len(stone.contact) + len(stone.call_id) for stone in record.tombstones)
    assert 4 <= len(record.tombstones) < LEAST_TOMBSTONES
    assert text <= LEAST_TOMBSTONES * TOMBSTONE_TEXT
    assert record.tombstones[-1].call_id.startswith(f"{LEAST_TOMBSTONES - 1}x")


def test_no_password_of_a_contact_gets_into_events() -> None:
    binding = bound(contact="<sip:1001:secret@192.0.2.10>")
    draft = Draft(AorRecord(AOR, 3, (binding,)), NOW)
    draft.end(binding, EndReason.REPLACED, detail=f"the new device is {binding.contact}")
    (event,) = draft.events
    assert event.contact == "<sip:1001:***@192.0.2.10>"
    assert event.detail == "the new device is <sip:1001:***@192.0.2.10>"


def test_other_nonces_are_a_plain_change() -> None:
    use = NonceUse(1, 1, 1, NOW + 9)
    decision = Draft(AorRecord(AOR, 3, (bound(),)), NOW).finish((use,))
    assert (decision.record.version, decision.record.nonces) == (4, (use,))
    assert decision.plain
