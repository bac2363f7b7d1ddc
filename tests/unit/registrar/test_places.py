"""The limit on devices: replace the oldest, or refuse."""

import pytest
from msgspec import structs

from harness.registering import AOR, NOW, Desk, kinds, listed
from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord
from rollcall.model.refusal import Reason
from rollcall.registrar.places import MAX_FLOWS


def contact(number: int) -> str:
    return f"<sip:1001@192.0.2.10:{5060 + number}>"


def flow(instance: int, reg_id: int) -> str:
    uri = f"<sip:1001@192.0.2.10:{5060 + 10 * instance + reg_id}>"
    return f'{uri};+sip.instance="<urn:uuid:{instance}>";reg-id={reg_id}'


def limited(places: int, *, replace: bool, taken: int = 0) -> Desk:
    desk = Desk(Policy(max_bindings=places, register_replace=replace, expires_jitter=0))
    for number in range(1, taken + 1):
        desk.grant(contact(number), call_id=f"call-{number}", at=NOW + number)
    return desk


@pytest.mark.parametrize("places", [1, 5])
def test_up_to_the_limit_everyone_is_bound(places: int) -> None:
    for replace in (True, False):
        desk = limited(places, replace=replace, taken=places)
        assert desk.contacts == [contact(number) for number in range(1, places + 1)]


@pytest.mark.parametrize("places", [1, 5])
def test_with_replace_a_new_device_replaces_the_oldest(places: int) -> None:
    desk = limited(places, replace=True, taken=places)
    decision = desk.grant(contact(9), call_id="new", at=NOW + 10)
    assert desk.contacts == [contact(n) for n in range(2, places + 1)] + [contact(9)]
    assert sorted(kinds(decision)) == ["registered", "replaced"]
    (replaced,) = (event for event in decision.events if event.kind == "replaced")
    assert (replaced.contact, replaced.reason) == (contact(1), "replaced")
    assert contact(9) in replaced.detail
    assert len(listed(decision)) == places


@pytest.mark.parametrize("places", [1, 5])
def test_without_replace_a_new_device_is_refused_with_503(places: int) -> None:
    desk = limited(places, replace=False, taken=places)
    refusal = desk.refuse(contact(9), call_id="new", at=NOW + 10)
    assert refusal.reason is Reason.TOO_MANY_BINDINGS
    assert refusal.status == 503
    ((name, seconds),) = refusal.headers
    assert name == "Retry-After"
    assert 60 <= int(seconds) <= 600
    assert contact(1) in refusal.detail


@pytest.mark.parametrize(("expires", "retry"), [(60, "61"), (100, "101"), (3600, "600")])
def test_retry_after_follows_the_first_end_up_to_ten_minutes(expires: int, retry: str) -> None:
    desk = limited(1, replace=False)
    desk.grant(contact(1), expires=expires)
    refusal = desk.refuse(contact(2), call_id="b")
    assert refusal.headers == (("Retry-After", retry),)


def test_retry_after_is_never_below_a_minute() -> None:
    desk = limited(1, replace=False)
    desk.grant(contact(1), expires=60)
    refusal = desk.refuse(contact(2), call_id="b", at=NOW + 55)
    assert refusal.headers == (("Retry-After", "60"),)


def test_the_oldest_is_the_one_registered_longest_not_refreshed_longest_ago() -> None:
    desk = limited(2, replace=True, taken=2)
    desk.grant(contact(1), call_id="call-1", cseq=2, at=NOW + 50)
    desk.grant(contact(3), call_id="new", at=NOW + 60)
    assert desk.contacts == [contact(2), contact(3)]


def test_late_copy_of_the_replaced_device_does_not_come_back() -> None:
    desk = limited(1, replace=True, taken=1)
    desk.grant(contact(2), call_id="new", at=NOW + 10)
    assert desk.refuse(contact(1), call_id="call-1", at=NOW + 12).reason is Reason.OUT_OF_ORDER
    desk.grant(contact(1), call_id="call-1", cseq=2, at=NOW + 12)
    assert desk.contacts == [contact(1)]


@pytest.mark.parametrize("replace", [True, False])
def test_refreshes_are_never_refused_nor_replace_anyone(replace: bool) -> None:
    desk = limited(5, replace=replace, taken=5)
    desk.policy = structs.replace(desk.policy, max_bindings=1)
    desk.grant(contact(3), call_id="call-3", cseq=2, at=NOW + 20)
    assert len(desk.contacts) == 5


def test_after_the_limit_was_lowered_a_new_device_replaces_several() -> None:
    desk = limited(5, replace=True, taken=5)
    desk.policy = structs.replace(desk.policy, max_bindings=2)
    desk.grant(contact(9), call_id="new", at=NOW + 20)
    assert desk.contacts == [contact(5), contact(9)]


@pytest.mark.parametrize("replace", [True, False])
def test_more_contacts_than_the_limit_are_refused_either_way(replace: bool) -> None:
    desk = limited(2, replace=replace)
    refusal = desk.refuse(contact(1), contact(2), contact(3))
    assert refusal.reason is Reason.TOO_MANY_BINDINGS
    assert "none" in refusal.detail
    desk.grant(contact(1), contact(2))


def test_own_contacts_do_not_give_way_to_each_other() -> None:
    desk = limited(2, replace=True)
    desk.grant(contact(1), call_id="a")
    desk.grant(contact(2), call_id="b")
    desk.grant(contact(1), contact(3), call_id="a", cseq=2)
    assert desk.contacts == [contact(1), contact(3)]


def test_removing_one_makes_room_for_another_in_the_same_request() -> None:
    desk = limited(1, replace=False, taken=1)
    desk.grant(f"{contact(1)};expires=0", contact(2), call_id="call-1", cseq=2, at=NOW + 5)
    assert desk.contacts == [contact(2)]


def test_flows_of_one_instance_count_once() -> None:
    desk = limited(1, replace=False)
    desk.grant(flow(1, 1), call_id="a")
    desk.grant(flow(1, 2), call_id="b")
    assert desk.refuse(flow(2, 1), call_id="c").reason is Reason.TOO_MANY_BINDINGS


def test_a_replaced_device_goes_with_all_its_flows() -> None:
    desk = limited(1, replace=True)
    desk.grant(flow(1, 1), call_id="a")
    desk.grant(flow(1, 2), call_id="b")
    decision = desk.grant(flow(2, 1), call_id="c")
    assert desk.contacts == [flow(2, 1)]
    assert sorted(kinds(decision)) == ["registered", "replaced", "replaced"]


def test_what_has_ended_takes_no_place() -> None:
    desk = limited(1, replace=False)
    desk.grant(contact(1), expires=60)
    desk.grant(contact(2), call_id="b", at=NOW + 60)
    assert desk.contacts == [contact(2)]
    assert Desk(desk.policy, AorRecord(AOR)).contacts == []


@pytest.mark.parametrize("replace", [True, False])
def test_one_device_cannot_have_flows_without_end(replace: bool) -> None:
    desk = limited(1, replace=replace)
    for reg_id in range(1, MAX_FLOWS + 1):
        desk.grant(flow(1, reg_id), call_id=f"flow-{reg_id}")
    assert len(desk.contacts) == MAX_FLOWS
    decision = desk.grant(flow(1, 9), call_id="one more")
    assert desk.contacts == [flow(1, reg_id) for reg_id in (2, 3, 4, 9)]
    assert sorted(kinds(decision)) == ["registered", "replaced"]


def test_the_flows_of_other_devices_stay() -> None:
    desk = limited(5, replace=True)
    desk.grant(flow(2, 1), call_id="other")
    for reg_id in range(1, MAX_FLOWS + 3):
        desk.grant(flow(1, reg_id), call_id=f"flow-{reg_id}")
    assert desk.contacts == [flow(2, 1), *(flow(1, reg_id) for reg_id in (3, 4, 5, 6))]


@pytest.mark.parametrize(("places", "most"), [(1, 16), (5, 16), (40, 80)])
def test_a_request_with_a_crowd_of_contacts_is_refused_unread(places: int, most: int) -> None:
    desk = limited(places, replace=True)
    crowd = [f"{contact(number)};expires=0" for number in range(most + 1)]
    refusal = desk.refuse(*crowd)
    assert refusal.reason is Reason.TOO_MANY_BINDINGS
    assert f"{most + 1} Contacts" in refusal.detail
    desk.grant(*crowd[:-1], cseq=2)
