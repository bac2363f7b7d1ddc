"""`rollcall.storage.phone_repository` and `phone_rows`: phones and accounts."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from rollcall.model.administration import (
    AccountEntry,
    ExistsError,
    InvalidError,
    NotFoundError,
    PhoneEntry,
)
from rollcall.model.phone import Network
from rollcall.storage.repositories import SqlRepositories
from rollcall.storage.secrets import SecretBox

Open = Callable[[], AbstractContextManager[SqlRepositories]]

FULL = PhoneEntry(
    number="1001",
    domain="example.com",
    account="acme",
    auth_mode="ip_port",
    networks=(Network("192.0.2.0/24", 5060), Network("2001:db8::/32")),
    overrides={"max_bindings": "1", "expires_max": "120"},
    enabled=False,
    created_at=1000.5,
    updated_at=1001.5,
)


def test_a_phone_comes_back_as_it_was_added(changing: Open) -> None:
    with changing() as repositories:
        repositories.add_account(AccountEntry(name="acme"))
        repositories.add_phone(FULL, "secret")
        repositories.add_phone(PhoneEntry(number="1002"), "other")
    with changing() as repositories:
        assert repositories.phone("1001") == FULL
        assert repositories.phone("1002") == PhoneEntry(number="1002")
        assert repositories.phone("1003") is None


def test_the_password_is_sealed(changing: Open, engine: Engine, box: SecretBox) -> None:
    with changing() as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "a secret")
    with engine.connect() as connection:
        sealed = connection.exec_driver_sql("SELECT secret FROM phone").scalar_one()
    assert b"a secret" not in sealed
    assert box.unseal(sealed, "1001") == "a secret"


def test_what_is_wrong_is_told(changing: Open) -> None:
    with changing() as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
        with pytest.raises(ExistsError, match="phone 1001"):
            repositories.add_phone(PhoneEntry(number="1001"), "secret")
        with pytest.raises(NotFoundError, match="account nobody"):
            repositories.add_phone(PhoneEntry(number="1002", account="nobody"), "secret")
        with pytest.raises(NotFoundError, match="phone 1009"):
            repositories.change_phone(PhoneEntry(number="1009"))
        with pytest.raises(NotFoundError, match="phone 1009"):
            repositories.remove_phone("1009")


def test_an_error_takes_the_whole_transaction_back(changing: Open) -> None:
    def add_and_fail() -> None:
        with changing() as repositories:
            repositories.add_phone(PhoneEntry(number="1001"), "secret")
            repositories.remove_phone("1009")

    with pytest.raises(NotFoundError):
        add_and_fail()
    with changing() as repositories:
        assert repositories.phone("1001") is None


def test_a_change_keeps_the_password_unless_one_is_given(
    changing: Open, engine: Engine, box: SecretBox
) -> None:
    def password() -> str:
        with engine.connect() as connection:
            sealed = connection.exec_driver_sql("SELECT secret FROM phone").scalar_one()
        return box.unseal(sealed, "1001")

    with changing() as repositories:
        repositories.add_account(AccountEntry(name="acme"))
        repositories.add_phone(PhoneEntry(number="1001", created_at=5.0), "first")
        repositories.change_phone(FULL)
        assert repositories.phone("1001") == replace(FULL, created_at=5.0)
    assert password() == "first"
    with changing() as repositories:
        repositories.change_phone(FULL, "second")
    assert password() == "second"


def test_a_removed_phone_leaves_nothing(changing: Open, engine: Engine) -> None:
    with changing() as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO last_end (number) VALUES ('1001')")
    with changing() as repositories:
        repositories.remove_phone("1001")
        assert repositories.phone("1001") is None
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM last_end").all() == []


def test_many_phones_at_once(changing: Open) -> None:
    numbers = [str(number) for number in range(10_000, 15_000)]
    with changing() as repositories:
        repositories.add_account(AccountEntry(name="acme"))
        repositories.add_phones(
            [(PhoneEntry(number=number, account="acme"), "pw") for number in numbers]
        )
        assert repositories.existing_phones([*numbers, "9"]) == set(numbers)
        account = repositories.account("acme")
        assert account is not None
        assert account.phones == 5000
    with pytest.raises(ExistsError), changing() as repositories:
        repositories.add_phones([(PhoneEntry(number="9"), "pw"), (PhoneEntry(number="9"), "pw")])


def test_accounts(changing: Open) -> None:
    with changing() as repositories:
        repositories.add_account(AccountEntry(name="acme", description="A customer", created_at=3))
        repositories.add_account(AccountEntry(name="bolt"))
        assert repositories.account("acme") == AccountEntry(
            name="acme", description="A customer", created_at=3
        )
        assert repositories.account("none") is None
        with pytest.raises(ExistsError, match="acme"):
            repositories.add_account(AccountEntry(name="acme"))
        with pytest.raises(ExistsError, match="bolt"):
            repositories.change_account("acme", AccountEntry(name="bolt"))
        with pytest.raises(NotFoundError, match="none"):
            repositories.change_account("none", AccountEntry(name="none"))
        repositories.add_phone(PhoneEntry(number="1001", account="acme"), "pw")
        repositories.change_account("acme", AccountEntry(name="ACME", description="New"))
        phone = repositories.phone("1001")
        assert phone is not None
        assert phone.account == "ACME"
        with pytest.raises(InvalidError, match="1 phones"):
            repositories.remove_account("ACME")
        repositories.remove_account("bolt")
        with pytest.raises(NotFoundError, match="bolt"):
            repositories.remove_account("bolt")


def test_override_sets_are_told_apart_once(changing: Open) -> None:
    with changing() as repositories:
        for number, overrides in (
            ("1001", {"max_bindings": "1", "expires_max": "120"}),
            ("1002", {"expires_max": "120", "max_bindings": "1"}),
            ("1003", {"max_bindings": "2"}),
            ("1004", {}),
        ):
            repositories.add_phone(PhoneEntry(number=number, overrides=overrides), "pw")
        assert sorted(repositories.override_sets(), key=len) == [
            {"max_bindings": "2"},
            {"expires_max": "120", "max_bindings": "1"},
        ]
