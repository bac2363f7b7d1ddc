"""The request as a whole: fetch, star, the answer, all or nothing."""

import pytest

from harness.registering import AOR, DESK, NOW, PLAIN, SOFT, Desk, kinds, listed
from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, NonceUse
from rollcall.model.refusal import Reason

USE = NonceUse(7, 1, 99, NOW + 300)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_fetch_lists_all_bindings_and_changes_nothing(desk: Desk) -> None:
    desk.grant(DESK, call_id="a")
    desk.grant(SOFT, call_id="b")
    before = desk.record
    decision = desk.grant(at=NOW + 10)
    assert listed(decision) == [f"{DESK};expires=3590", f"{SOFT};expires=3590"]
    assert decision.record is before
    assert decision.events == ()


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_fetch_is_granted_whatever_its_order(desk: Desk) -> None:
    desk.grant(DESK, cseq=5)
    desk.grant(cseq=1)


def test_fetch_of_nothing_has_no_contacts(desk: Desk) -> None:
    decision = desk.grant()
    assert decision.headers == ()
    assert decision.record.version == 0


def test_fetch_keeps_the_nonces(desk: Desk) -> None:
    decision = desk.grant(nonces=(USE,))
    assert decision.record.nonces == (USE,)
    assert decision.record.version == 1
    assert decision.plain
    again = desk.grant(nonces=(USE,))
    assert again.record is decision.record


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_with_expires_zero_removes_everything(desk: Desk) -> None:
    desk.grant(DESK, call_id="a")
    desk.grant(SOFT, call_id="b")
    decision = desk.grant(star=True, expires=0, call_id="c")
    assert decision.record.bindings == ()
    assert decision.headers == ()
    assert kinds(decision) == ["unregistered", "unregistered"]


@pytest.mark.rfc("3261", "10.3", "step 6")
@pytest.mark.parametrize("expires", [None, 1, 3600])
def test_star_without_expires_zero_is_400(desk: Desk, expires: int | None) -> None:
    desk.grant(DESK)
    refusal = desk.refuse(star=True, expires=expires, cseq=2)
    assert refusal.reason is Reason.STAR_NEEDS_EXPIRES_ZERO
    assert refusal.status == 400


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_beside_contacts_is_400(desk: Desk) -> None:
    refusal = desk.refuse(f"{DESK};expires=0", star=True, expires=0)
    assert refusal.reason is Reason.STAR_NOT_ALONE


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_star_of_the_same_call_id_needs_a_higher_cseq(desk: Desk) -> None:
    desk.grant(DESK, call_id="a", cseq=5)
    assert desk.refuse(star=True, expires=0, call_id="a", cseq=5).reason is Reason.OUT_OF_ORDER
    assert desk.refuse(star=True, expires=0, call_id="a", cseq=4).reason is Reason.OUT_OF_ORDER
    desk.grant(star=True, expires=0, call_id="a", cseq=6)
    assert desk.contacts == []


@pytest.mark.rfc("3261", "10.3", "step 6")
def test_late_star_removes_nothing_at_all(desk: Desk) -> None:
    desk.grant(SOFT, call_id="b")
    desk.grant(DESK, call_id="a", cseq=5)
    desk.refuse(star=True, expires=0, call_id="a", cseq=5)
    assert desk.contacts == [SOFT, DESK]


def test_star_come_again_is_granted_again(desk: Desk) -> None:
    desk.grant(DESK, cseq=1)
    desk.grant(star=True, expires=0, cseq=2)
    decision = desk.grant(star=True, expires=0, cseq=2)
    assert decision.events == ()


def test_late_copy_of_a_star_does_not_remove_what_came_after_it(desk: Desk) -> None:
    desk.grant(DESK, call_id="a", cseq=1)
    desk.grant(star=True, expires=0, call_id="b", cseq=1)
    desk.grant(DESK, call_id="a", cseq=2)
    refusal = desk.refuse(star=True, expires=0, call_id="b", cseq=1, at=NOW + 31)
    assert refusal.reason is Reason.OUT_OF_ORDER
    desk.grant(star=True, expires=0, call_id="b", cseq=2, at=NOW + 31)


@pytest.mark.rfc("3261", "10.3", "step 8")
def test_the_200_lists_every_contact_as_written_with_its_own_expires(desk: Desk) -> None:
    odd = '"O\'Dell, \u00e9" <SIP:1001@192.0.2.10:5060;Ob>;Q=0.5;x="a,b"'
    desk.grant(odd, expires=600, call_id="a")
    decision = desk.grant(f"{SOFT};expires=1200", call_id="b", at=NOW + 100)
    assert sorted(listed(decision)) == sorted([f"{odd};expires=500", f"{SOFT};expires=1200"])


def test_the_asking_devices_own_contact_is_listed_first(desk: Desk) -> None:
    desk.grant(DESK, call_id="a")
    desk.grant(SOFT, call_id="b")
    decision = desk.grant(SOFT, call_id="b", cseq=2)
    assert [value.partition(";exp")[0] for value in listed(decision)] == [SOFT, DESK]
    assert desk.contacts == [DESK, SOFT]


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_several_contacts_are_bound_or_none(desk: Desk) -> None:
    desk.grant(DESK, call_id="a", cseq=5)
    late = desk.refuse(SOFT, DESK, call_id="a", cseq=4)
    assert late.reason is Reason.OUT_OF_ORDER
    brief = desk.refuse(SOFT, f"{DESK};expires=5", call_id="a", cseq=6)
    assert brief.reason is Reason.INTERVAL_TOO_BRIEF
    assert desk.contacts == [DESK]
    desk.grant(SOFT, DESK, call_id="a", cseq=7)
    assert desk.contacts == [DESK, SOFT]


def test_what_ended_is_gone_in_that_very_decision(desk: Desk) -> None:
    desk.grant(f"{DESK};expires=60", call_id="a")
    desk.grant(SOFT, call_id="b")
    decision = desk.grant(at=NOW + 60)
    assert listed(decision) == [f"{SOFT};expires=3540"]
    assert kinds(decision) == ["expired"]
    assert decision.events[0].at == NOW + 60
    assert not decision.plain


def test_every_change_is_a_new_version() -> None:
    desk = Desk(record=AorRecord(AOR, 41))
    desk.grant(DESK)
    assert desk.record.version == 42
    desk.grant(DESK)
    assert desk.record.version == 42
    desk.grant(DESK, cseq=2)
    assert desk.record.version == 43


def test_nonces_of_the_request_are_in_every_next_record(desk: Desk) -> None:
    assert desk.grant(DESK, nonces=(USE,)).record.nonces == (USE,)
    assert desk.grant(DESK, cseq=2).record.nonces == ()


def test_retransmission_with_other_nonces_keeps_the_bindings(desk: Desk) -> None:
    first = desk.grant(DESK)
    decision = desk.grant(DESK, nonces=(USE,), at=NOW + 5)
    assert decision.record.bindings == first.record.bindings
    assert decision.record.version == 2
    assert decision.plain


def test_jitter_repeats_for_the_same_request() -> None:
    policy = Policy(expires_jitter=50)
    answers = {str(Desk(policy).grant(DESK, cseq=7).headers) for _ in range(3)}
    assert len(answers) == 1
    assert answers != {str(Desk(PLAIN).grant(DESK, cseq=7).headers)}


def test_one_star_may_end_a_hundred_bindings_and_all_stay_ended() -> None:
    desk = Desk(Policy(max_bindings=100, expires_jitter=0))
    contacts = [f"<sip:1001@192.0.2.10:{port}>" for port in range(6000, 6100)]
    desk.grant(*contacts, call_id="a")
    decision = desk.grant(star=True, expires=0, call_id="b")
    assert len(decision.events) == 100
    for contact in (contacts[0], contacts[-1]):
        assert desk.refuse(contact, call_id="a").reason is Reason.OUT_OF_ORDER
