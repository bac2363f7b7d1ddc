"""The theory at the top of nat.py, case by case."""

from typing import Any

import pytest

from harness.registering import DESK, register
from rollcall.registrar.nat import behind_nat


def nat(contact: str = DESK, **fields: Any) -> bool:
    request = register(contact, **fields)
    return behind_nat(request, request.contacts[0].uri)


def test_all_three_agree_is_no_nat() -> None:
    assert not nat()


def test_via_address_that_is_not_the_source_is_nat() -> None:
    assert nat(via_host="10.0.0.5")
    assert nat("<sip:1001@10.0.0.5>", via_host="10.0.0.5")


@pytest.mark.rfc("3581", "4")
def test_udp_port_that_is_not_the_one_in_via_is_nat_when_rport_is_asked_for() -> None:
    assert nat(source_port=61000, rport=True)
    assert not nat(source_port=61000)
    assert not nat(source_port=5060, via_port=0, rport=True)
    assert nat(source_port=5070, via_port=0, rport=True)


def test_stream_ports_tell_nothing() -> None:
    assert not nat(transport="tcp", source_port=40000, rport=True, connection=1)


def test_private_contact_that_is_not_the_source_is_nat() -> None:
    assert nat("<sip:1001@192.168.1.5>")
    assert nat("<sip:1001@192.168.1.5;transport=tcp>", transport="tcp", connection=1)
    assert nat("<sip:1001@0.0.0.0>")


@pytest.mark.rfc("3261", "10.2")
def test_a_public_contact_registered_for_another_host_is_believed() -> None:
    assert not nat("<sip:1001@8.8.8.8>")
    assert nat("<sip:1001@8.8.8.8>", via_host="10.0.0.5")


@pytest.mark.parametrize("name", ["phone", "phone.local", "df7jal23ls0d.invalid", "a.home.arpa"])
def test_contact_name_that_cannot_be_resolved_is_nat(name: str) -> None:
    assert nat(f"<sip:1001@{name}>")


def test_other_names_are_believed() -> None:
    assert not nat("<sip:1001@phone.example.com>")
    assert not nat(via_host="phone")
    assert nat(via_host="df7jal23ls0d.invalid")


@pytest.mark.rfc("5118", "4.5")
def test_ipv6_is_compared_by_value() -> None:
    forms: dict[str, Any] = {"source_host": "2001:db8::10", "via_host": "2001:DB8:0:0::10"}
    assert not nat("<sip:1001@[2001:db8:0::10]>", **forms)
    assert nat("<sip:1001@[fd00::10]>", **forms)
    assert nat("<sip:1001@[2001:db8::10]>", source_host="2001:db8::10", via_host="fd00::1")


def test_addresses_mapped_into_ipv6_and_scopes_are_seen_through() -> None:
    assert not nat("<sip:1001@[::ffff:192.0.2.10]>", via_host="::ffff:192.0.2.10")
    assert not nat("<sip:1001@[fe80::1]>", source_host="fe80::1%eth0", via_host="fe80::1")


@pytest.mark.rfc("7118", "5")
def test_websocket_clients_always_need_their_flow() -> None:
    assert nat(transport="wss", connection=1)
    assert nat(transport="ws", connection=1)


def test_contact_without_a_host_is_no_evidence() -> None:
    assert not nat("<tel:+123>")
    assert nat("<tel:+123>", via_host="10.0.0.5")
