"""Which of two requests is the newer one."""

import pytest

from harness.registering import DESK, NOW, SOFT, Desk, register
from rollcall.model.record import Tombstone
from rollcall.registrar.order import changes_flow, is_late, is_same, late_stone, refuse_late
from rollcall.sip.contact import parse_contact

STONE = Tombstone(DESK, "call-a", 5, NOW + 32, "kicked")


@pytest.mark.rfc("3261", "10.3", "step 7")
@pytest.mark.parametrize(
    ("call_id", "cseq", "late"),
    [("call-a", 4, True), ("call-a", 5, True), ("call-a", 6, False), ("call-b", 1, False)],
)
def test_only_a_higher_cseq_of_the_same_call_id_is_newer(
    call_id: str, cseq: int, late: bool
) -> None:
    desk = Desk()
    desk.grant(DESK, cseq=5)
    request = register(DESK, call_id=call_id, cseq=cseq)
    assert is_late(request, desk.binding) is late
    assert is_late(request, STONE) is late
    assert late_stone((STONE,), request, request.contacts[0]) == (STONE if late else None)


def test_tombstones_of_other_contacts_do_not_count() -> None:
    request = register(SOFT, cseq=1)
    assert late_stone((STONE,), request, request.contacts[0]) is None


def test_same_is_the_same_call_id_cseq_and_contact() -> None:
    desk = Desk()
    desk.grant(DESK, cseq=5)
    contact = parse_contact(DESK)
    assert is_same(register(DESK, cseq=5), contact, desk.binding)
    assert not is_same(register(DESK, cseq=6), contact, desk.binding)
    assert not is_same(register(DESK, cseq=5, call_id="b"), contact, desk.binding)
    assert not is_same(register(DESK, cseq=5), parse_contact(f"{DESK};q=1"), desk.binding)


def test_flow_changes_with_the_connection() -> None:
    desk = Desk()
    desk.grant(DESK, connection=4, transport="tcp")
    assert not changes_flow(register(DESK, connection=4), desk.binding)
    assert changes_flow(register(DESK, connection=5), desk.binding)
    assert not changes_flow(register(DESK), desk.binding)


def test_the_refusal_names_the_evidence() -> None:
    refusal = refuse_late(register(DESK, cseq=3), STONE)
    assert refusal.status == 500
    assert refusal.detail == f"CSeq 3 after 5 for {DESK} (kicked), Call-ID call-a"
