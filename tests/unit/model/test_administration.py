"""The nouns of the control side."""

from rollcall.model.administration import PhoneEntry


def test_the_aor_of_a_phone() -> None:
    assert PhoneEntry(number="1001").aor("rollcall") == "sip:1001@rollcall"
    assert PhoneEntry(number="1001", domain="example.com").aor("rollcall") == "sip:1001@example.com"


def test_a_phone_never_shows_a_password() -> None:
    assert "password" not in PhoneEntry.__struct_fields__
