"""Contacts: granted for how long, added, refreshed, removed, moved."""

from typing import Any

import pytest
from msgspec import structs

from harness.registering import DESK, HOST, NOW, PLAIN, SOFT, Desk, kinds, listed
from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, NonceUse
from rollcall.model.refusal import Reason
from rollcall.registrar.endings import connection_lost, kick

HOME = "<sip:1001@192.168.1.5:5060>"
"""The Contact of a phone behind NAT."""
ROUTER: dict[str, Any] = {
    "source_host": "203.0.113.7",
    "source_port": 61000,
    "via_host": "192.168.1.5",
    "rport": True,
}
"""Where its requests come from."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_first_register_binds_with_everything_known(desk: Desk) -> None:
    contact = f'{DESK};q=0.7;+sip.instance="<urn:uuid:AA>";reg-id=2'
    decision = desk.grant(
        f"{contact};expires=300",
        call_id="c",
        cseq=9,
        user_agent="Desk/1",
        serial=77,
    )
    binding = desk.binding
    assert binding.id == 77
    assert binding.contact == contact
    assert (binding.call_id, binding.cseq) == ("c", 9)
    assert (binding.registered_at, binding.refreshed_at) == (NOW, NOW)
    assert (binding.granted_expires, binding.expires_at) == (300, NOW + 300)
    assert (binding.refreshes, binding.interval) == (0, 0)
    assert (binding.source_host, binding.source_port) == (HOST, 5060)
    assert (binding.transport, binding.local) == ("udp", "198.51.100.1:5060")
    assert (binding.user_agent, binding.path) == ("Desk/1", ())
    assert (binding.q, binding.instance_id, binding.reg_id) == (700, "urn:uuid:aa", 2)
    assert not binding.behind_nat
    assert kinds(decision) == ["registered"]
    event = decision.events[0]
    assert (event.aor, event.binding_id, event.contact) == (desk.record.aor, 77, contact)
    assert (event.source_host, event.source_port, event.transport) == (HOST, 5060, "udp")
    assert (event.user_agent, event.call_id, event.at) == ("Desk/1", "c", NOW)
    assert not decision.plain


def test_several_new_contacts_get_consecutive_ids(desk: Desk) -> None:
    desk.grant(DESK, SOFT, serial=5)
    assert [binding.id for binding in desk.record.bindings] == [5, 6]


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_contact_expires_counts_before_the_header(desk: Desk) -> None:
    desk.grant(f"{DESK};expires=100", SOFT, expires=200)
    assert [binding.granted_expires for binding in desk.record.bindings] == [100, 200]


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_without_any_expires_the_default_is_granted() -> None:
    desk = Desk(Policy(expires_default=1800, expires_jitter=0))
    desk.grant(DESK)
    assert desk.binding.granted_expires == 1800


@pytest.mark.rfc("3261", "10.3", "step 7")
@pytest.mark.parametrize("asked", [1, 59])
def test_too_brief_is_423_with_min_expires(desk: Desk, asked: int) -> None:
    refusal = desk.refuse(DESK, expires=asked)
    assert refusal.status == 423
    assert refusal.headers == (("Min-Expires", "60"),)


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_exactly_the_minimum_is_granted(desk: Desk) -> None:
    desk.grant(DESK, expires=60)
    assert desk.binding.granted_expires == 60


def test_the_cap_for_nat_may_be_below_the_minimum() -> None:
    desk = Desk(Policy(expires_nat=30, expires_jitter=50))
    assert desk.refuse(HOME, expires=59, **ROUTER).status == 423
    desk.grant(HOME, expires=60, **ROUTER)
    assert desk.binding.granted_expires == 30
    assert desk.binding.behind_nat


def test_streams_behind_nat_are_not_capped(desk: Desk) -> None:
    desk.grant(HOME, connection=4, **{**ROUTER, "transport": "tcp"})
    assert desk.binding.behind_nat
    assert desk.binding.granted_expires == 3600


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_expires_zero_removes_that_contact_only(desk: Desk) -> None:
    desk.grant(DESK, SOFT)
    decision = desk.grant(f"{DESK};expires=0", cseq=2)
    assert desk.contacts == [SOFT]
    assert listed(decision) == [f"{SOFT};expires=3600"]
    assert kinds(decision) == ["unregistered"]
    assert decision.events[0].reason == "unregistered"


def test_expires_header_zero_removes(desk: Desk) -> None:
    desk.grant(DESK)
    desk.grant(DESK, cseq=2, expires=0)
    assert desk.contacts == []


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_removing_what_is_not_bound_is_granted(desk: Desk) -> None:
    desk.grant(DESK)
    decision = desk.grant(f"{SOFT};expires=0", cseq=2)
    assert decision.record.version == 1
    assert listed(decision) == [f"{DESK};expires=3600"]


def test_removing_is_never_too_brief() -> None:
    desk = Desk(structs.replace(PLAIN, expires_min=3600))
    desk.grant(DESK)
    desk.grant(f"{DESK};expires=0", cseq=2)
    assert desk.contacts == []


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_refresh_prolongs_and_keeps_the_binding(desk: Desk) -> None:
    desk.grant(DESK, serial=5)
    desk.grant(DESK, cseq=2, at=NOW + 1000.4)
    decision = desk.grant(DESK, cseq=3, at=NOW + 3000.4, serial=9)
    binding = desk.binding
    assert (binding.id, binding.registered_at) == (5, NOW)
    assert (binding.refreshed_at, binding.expires_at) == (NOW + 3000.4, NOW + 6600.4)
    assert (binding.refreshes, binding.interval) == (2, 2000)
    assert decision.plain
    assert decision.events == ()
    assert listed(decision) == [f"{DESK};expires=3600"]


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_an_equivalent_contact_is_the_same_binding(desk: Desk) -> None:
    desk.grant(DESK, serial=5)
    decision = desk.grant('"x" <sip:%31001@192.0.2.10:5060;new>', cseq=2)
    assert desk.binding.id == 5
    assert desk.contacts == ['"x" <sip:%31001@192.0.2.10:5060;new>']
    assert not decision.plain


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_lower_cseq_of_the_same_call_id_fails(desk: Desk) -> None:
    desk.grant(DESK, cseq=5)
    refusal = desk.refuse(DESK, cseq=4)
    assert refusal.reason is Reason.OUT_OF_ORDER
    assert "CSeq 4 after 5" in refusal.detail
    assert desk.refuse(f"{DESK};expires=0", cseq=4).reason is Reason.OUT_OF_ORDER


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_equal_cseq_with_other_content_fails(desk: Desk) -> None:
    desk.grant(DESK, cseq=5)
    assert desk.refuse(f"{DESK};expires=0", cseq=5).reason is Reason.OUT_OF_ORDER
    assert desk.refuse(f"{DESK};q=0.1", cseq=5).reason is Reason.OUT_OF_ORDER
    assert desk.refuse(DESK, SOFT, cseq=5).reason is Reason.OUT_OF_ORDER


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_another_call_id_means_a_restart_and_is_accepted(desk: Desk) -> None:
    desk.grant(DESK, call_id="a", cseq=500, serial=5)
    decision = desk.grant(DESK, call_id="b", cseq=1)
    assert (desk.binding.id, desk.binding.call_id, desk.binding.cseq) == (5, "b", 1)
    assert desk.binding.refreshes == 1
    assert decision.events == ()
    assert not decision.plain


def test_retransmission_is_answered_from_the_record(desk: Desk) -> None:
    desk.grant(DESK, SOFT)
    before = desk.record
    decision = desk.grant(DESK, SOFT, at=NOW + 7)
    assert decision.record is before
    assert listed(decision) == [f"{DESK};expires=3593", f"{SOFT};expires=3593"]


def test_retransmission_of_a_removal_is_granted_again(desk: Desk) -> None:
    desk.grant(DESK)
    desk.grant(f"{DESK};expires=0", cseq=2)
    decision = desk.grant(f"{DESK};expires=0", cseq=2, at=NOW + 4)
    assert decision.events == ()
    assert decision.headers == ()


def test_retransmission_of_remove_one_and_bind_the_other(desk: Desk) -> None:
    desk.grant(DESK)
    desk.grant(f"{DESK};expires=0", SOFT, cseq=2)
    before = desk.record
    assert desk.grant(f"{DESK};expires=0", SOFT, cseq=2).record is before


def test_late_copy_of_a_register_does_not_undo_the_removal(desk: Desk) -> None:
    desk.grant(DESK, cseq=1)
    desk.grant(f"{DESK};expires=0", cseq=2)
    assert desk.refuse(DESK, cseq=1, at=NOW + 31).reason is Reason.OUT_OF_ORDER
    assert desk.refuse(DESK, cseq=2, at=NOW + 31).reason is Reason.OUT_OF_ORDER
    desk.grant(DESK, cseq=3, at=NOW + 31)
    assert desk.contacts == [DESK]


def test_late_copy_of_a_removal_does_not_undo_the_next_register(desk: Desk) -> None:
    desk.grant(DESK, call_id="a", cseq=1)
    desk.grant(f"{DESK};expires=0", call_id="b", cseq=1)
    desk.grant(DESK, call_id="a", cseq=2)
    refusal = desk.refuse(f"{DESK};expires=0", call_id="b", cseq=1)
    assert refusal.reason is Reason.OUT_OF_ORDER
    assert "unregistered" in refusal.detail


def test_late_copy_of_a_kicked_register_stays_out(desk: Desk) -> None:
    desk.grant(DESK, cseq=5)
    desk.record = kick(desk.record, NOW).record
    assert desk.refuse(DESK, cseq=5).reason is Reason.OUT_OF_ORDER
    desk.grant(DESK, cseq=6)


def test_tombstones_are_forgotten_after_32_seconds(desk: Desk) -> None:
    desk.grant(DESK, cseq=5)
    desk.grant(f"{DESK};expires=0", cseq=6)
    assert desk.record.tombstones
    decision = desk.grant(DESK, cseq=5, at=NOW + 32)
    assert decision.record.tombstones == ()


def test_the_last_contact_of_one_device_counts(desk: Desk) -> None:
    desk.grant(f"{DESK};expires=100", f"{DESK};expires=200")
    assert desk.binding.granted_expires == 200
    desk.grant(f"{DESK};expires=0", DESK, cseq=2)
    assert (desk.binding.cseq, desk.binding.refreshes) == (2, 1)
    desk.grant(DESK, f"{DESK};expires=0", cseq=3)
    assert desk.contacts == []


def test_blocked_phones_may_only_fetch_and_remove(desk: Desk) -> None:
    desk.grant(DESK, SOFT)
    desk.record = kick(desk.record, NOW, contact=SOFT, block_until=NOW + 100.5).record
    refusal = desk.refuse(DESK, cseq=2, at=NOW + 50)
    assert refusal.reason is Reason.BLOCKED
    assert refusal.headers == (("Retry-After", "51"),)
    assert listed(desk.grant(at=NOW + 50)) == [f"{DESK};expires=3550"]
    desk.grant(f"{DESK};expires=0", cseq=3, at=NOW + 50)
    decision = desk.grant(DESK, cseq=4, at=NOW + 100.5)
    assert decision.record.blocked_until == 0.0


def test_device_behind_nat_that_moved_is_one_binding(desk: Desk) -> None:
    desk.grant(HOME, serial=5, **ROUTER)
    away = "<sip:1001@10.1.1.9:5060>"
    decision = desk.grant(
        away, cseq=2, source_host="198.18.0.1", source_port=4000, via_host="10.1.1.9"
    )
    assert (desk.binding.id, desk.binding.contact) == (5, away)
    assert desk.binding.refreshes == 1
    assert kinds(decision) == ["moved"]
    detail = decision.events[0].detail
    assert "udp 203.0.113.7:61000" in detail
    assert "udp 198.18.0.1:4000" in detail
    assert HOME in detail


def test_late_copy_from_where_a_device_was_does_not_bind_it_there(desk: Desk) -> None:
    desk.grant(HOME, cseq=1, **ROUTER)
    desk.grant("<sip:1001@10.1.1.9>", cseq=2, source_host="198.18.0.1", via_host="10.1.1.9")
    assert desk.refuse(HOME, cseq=1, **ROUTER).reason is Reason.OUT_OF_ORDER


def test_a_device_that_moved_needs_no_new_place() -> None:
    desk = Desk(structs.replace(PLAIN, max_bindings=1, register_replace=False))
    desk.grant(HOME, **ROUTER)
    desk.grant("<sip:1001@10.1.1.9>", cseq=2, source_host="198.18.0.1", via_host="10.1.1.9")


def test_nat_that_chose_another_port_is_told_with_evidence(desk: Desk) -> None:
    desk.grant(HOME, **ROUTER)
    decision = desk.grant(HOME, cseq=2, **{**ROUTER, "source_port": 62000})
    assert kinds(decision) == ["moved"]
    assert "203.0.113.7:61000 to udp 203.0.113.7:62000" in decision.events[0].detail
    assert desk.binding.source_port == 62000
    assert not decision.plain


@pytest.mark.rfc("5626", "4.2")
def test_flows_of_one_instance_are_apart(desk: Desk) -> None:
    flow = '<sip:1001@192.0.2.10>;+sip.instance="<urn:uuid:aa>"'
    desk.grant(f"{flow};reg-id=1", call_id="a")
    desk.grant(f"{flow};reg-id=2", call_id="b")
    assert [binding.reg_id for binding in desk.record.bindings] == [1, 2]
    desk.grant(f"{flow};reg-id=2", call_id="b", cseq=2)
    assert [binding.refreshes for binding in desk.record.bindings] == [0, 1]


def test_an_instance_is_known_again_at_another_contact(desk: Desk) -> None:
    desk.grant('<sip:1001@192.0.2.10>;+sip.instance="<urn:uuid:aa>"', call_id="a", serial=5)
    desk.grant('<sip:1001@192.0.2.11>;+sip.instance="<urn:uuid:aa>"', call_id="b")
    assert desk.binding.id == 5


def test_lost_stream_comes_back_over_a_new_connection(desk: Desk) -> None:
    flow = {**ROUTER, "transport": "tcp"}
    desk.grant(HOME, connection=4, **flow)
    desk.record = connection_lost(desk.record, 4, NOW + 10, 120).record
    assert desk.binding.grace_until == NOW + 130
    decision = desk.grant(HOME, cseq=2, connection=8, at=NOW + 20, **{**flow, "source_port": 9})
    assert (desk.binding.unreachable_since, desk.binding.grace_until) == (0.0, 0.0)
    assert desk.binding.connection == 8
    assert kinds(decision) == ["reachable"]
    assert "10 s" in decision.events[0].detail


def test_same_request_over_a_new_connection_moves_the_flow(desk: Desk) -> None:
    flow = {**ROUTER, "transport": "tcp"}
    desk.grant(HOME, connection=4, **flow)
    before = desk.record
    assert desk.grant(HOME, connection=4, **flow).record is before
    desk.grant(HOME, connection=8, **flow)
    assert desk.binding.connection == 8


def test_a_binding_past_its_end_is_bound_anew(desk: Desk) -> None:
    desk.grant(DESK, expires=60, serial=5)
    decision = desk.grant(DESK, cseq=2, expires=60, at=NOW + 60, serial=6)
    assert desk.binding.id == 6
    assert kinds(decision) == ["expired", "registered"]


def test_tombstones_that_are_dropped_are_no_plain_change(desk: Desk) -> None:
    desk.grant(DESK)
    desk.grant(SOFT, call_id="b")
    desk.grant(f"{SOFT};expires=0", call_id="b", cseq=2)
    assert desk.grant(at=NOW + 40).record.tombstones
    decision = desk.grant(DESK, cseq=2, at=NOW + 50)
    assert decision.record.tombstones == ()
    assert not decision.plain


def test_a_new_nonce_alone_is_plain(desk: Desk) -> None:
    desk.grant(DESK)
    decision = desk.grant(DESK, cseq=2, nonces=(NonceUse(1, 1, 1, NOW + 9),))
    assert decision.plain


def test_record_of_another_aor_is_kept_under_its_name() -> None:
    desk = Desk(record=AorRecord("sip:2@h"))
    assert desk.grant(DESK).record.aor == "sip:2@h"
