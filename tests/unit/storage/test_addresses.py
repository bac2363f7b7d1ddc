"""`rollcall.storage.addresses`."""

import pytest

from rollcall.storage.addresses import address_key, contact_place, number_of


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", b"\0" * 10 + b"\xff\xff\xc0\x00\x02\x07"),
        ("2001:db8::1", bytes.fromhex("20010db8000000000000000000000001")),
        ("fe80::1%eth0", bytes.fromhex("fe800000000000000000000000000001")),
        ("::ffff:192.0.2.7", b"\0" * 10 + b"\xff\xff\xc0\x00\x02\x07"),
        ("phone.example.com", None),
        ("192.0.2.256", None),
        ("", None),
        ("bücher.example", None),
        ("192.0.2.7\0", None),
    ],
)
def test_addresses_become_keys_and_names_do_not(host: str, key: bytes | None) -> None:
    assert address_key(host) == key


@pytest.mark.parametrize(
    ("contact", "place"),
    [
        ("<sip:1001@192.168.1.5:5062;ob>;q=0.5", ("192.168.1.5", 5062)),
        ('"Bob" <sips:1001@phone.example.com>', ("phone.example.com", 0)),
        ("sip:1001@[2001:db8::1]:5060", ("2001:db8::1", 5060)),
        ("<tel:+4912345>", ("", 0)),
        ("<sip:", ("", 0)),
    ],
)
def test_the_place_a_contact_names(contact: str, place: tuple[str, int]) -> None:
    assert contact_place(contact) == place


@pytest.mark.parametrize(
    ("aor", "number"),
    [
        ("sip:1001@example.com", "1001"),
        ("sip:a@b@example.com", "a@b"),
        ("sip:1001", "1001"),
        ("1001", "1001"),
        ("", ""),
    ],
)
def test_the_number_in_an_aor(aor: str, number: str) -> None:
    assert number_of(aor) == number
