"""Which device is it."""

from typing import Any

import pytest
from msgspec import structs

from harness.registering import NOW, Desk, register
from rollcall.model.record import Binding
from rollcall.registrar.device import find, find_moved, last_of_each, same_device
from rollcall.sip.contact import parse_contact

HOME = "<sip:1001@192.168.1.5:5060>"
AWAY = "<sip:1001@10.1.1.9:5060>"


def bound(contact: str, **fields: Any) -> Binding:
    desk = Desk()
    desk.grant(contact, at=NOW, **fields)
    return desk.binding


def with_instance(uri: str, instance: str, reg_id: int = 0) -> str:
    tail = f";reg-id={reg_id}" if reg_id else ""
    return f'{uri};+sip.instance="<urn:uuid:{instance}>"{tail}'


def same(a: str, b: str) -> bool:
    contact, other = parse_contact(a), parse_contact(b)
    found = same_device(contact, bound(b))
    assert found == same_device(contact, other) == same_device(other, bound(a))
    return found


@pytest.mark.rfc("3261", "19.1.4")
def test_without_instances_equivalent_uris_are_one_device() -> None:
    assert same(HOME, HOME)
    assert same("<sip:1001@phone.EXAMPLE.com;x=1>", "sip:%31001@phone.example.com;q=0.3")
    assert not same("<sip:1001@192.168.1.5>", HOME)
    assert not same("<sip:1002@192.168.1.5:5060>", HOME)


def test_instance_alone_is_enough() -> None:
    assert same(with_instance(HOME, "aa"), with_instance(AWAY, "AA"))
    assert not same(with_instance(HOME, "aa"), with_instance(HOME, "bb"))


@pytest.mark.rfc("5626", "6")
def test_instance_and_reg_id_name_a_flow() -> None:
    assert same(with_instance(HOME, "aa", 1), with_instance(AWAY, "aa", 1))
    assert not same(with_instance(HOME, "aa", 1), with_instance(HOME, "aa", 2))
    assert not same(with_instance(HOME, "aa", 1), with_instance(HOME, "aa"))


def test_device_that_begins_to_name_its_instance_is_known_by_its_uri() -> None:
    assert same(with_instance(HOME, "aa", 1), HOME)


def test_identical_text_goes_before_equivalence() -> None:
    first = bound("<sip:1001@192.168.1.5>")
    second = structs.replace(first, id=2, contact="<sip:1001@192.168.1.5;x=1>")
    assert find([first, second], parse_contact("<sip:1001@192.168.1.5;x=1>")) == 1
    assert find([first, second], parse_contact("<sip:1001@192.168.1.5;y=1>")) == 0
    assert find([first, second], parse_contact(AWAY)) == -1
    assert find([], parse_contact(AWAY)) == -1


OLD = bound(HOME, source_host="203.0.113.7", via_host="192.168.1.5")


def moved(old: Binding = OLD, contact: str = AWAY, *others: str, **fields: Any) -> bool:
    request = register(contact, *others, **{"cseq": 2, "source_host": "198.18.0.1", **fields})
    return find_moved([old], request.contacts[0], request) == 0


def test_single_contact_of_the_same_call_id_from_elsewhere_has_moved() -> None:
    assert moved()
    assert moved(source_host="203.0.113.7", source_port=9)


def test_it_has_not_moved_when_the_address_is_the_same() -> None:
    assert not moved(source_host="203.0.113.7")


def test_it_has_not_moved_when_the_user_differs() -> None:
    assert not moved(OLD, "<sip:1002@10.1.1.9>")
    assert not moved(OLD, "<tel:+1001>")
    assert not moved(structs.replace(OLD, contact="<tel:1001>"))


def test_it_has_not_moved_under_another_call_id() -> None:
    assert not moved(call_id="call-b")


def test_it_has_not_moved_unless_the_cseq_rises() -> None:
    assert not moved(cseq=1)


def test_it_has_not_moved_when_the_old_binding_was_not_behind_nat() -> None:
    assert not moved(structs.replace(OLD, behind_nat=False))


@pytest.mark.rfc("3261", "10.2")
def test_several_contacts_of_one_call_id_stay_apart() -> None:
    assert not moved(OLD, AWAY, "<sip:1001@10.1.1.10>")


def test_devices_that_name_instances_are_known_by_these_alone() -> None:
    assert not moved(OLD, with_instance(AWAY, "aa"))
    assert not moved(structs.replace(OLD, instance_id="urn:uuid:aa"))


def test_the_last_contact_about_a_device_is_kept() -> None:
    texts = [HOME, AWAY, "<sip:%31001@192.168.1.5:5060>", with_instance(AWAY, "a"), AWAY]
    kept = last_of_each(tuple(parse_contact(text) for text in texts))
    assert [contact.text for contact in kept] == ["<sip:%31001@192.168.1.5:5060>", AWAY]
