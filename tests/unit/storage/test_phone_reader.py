"""`rollcall.storage.phone_reader`; what the directory makes of it is in tests/contract."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollcall.model.administration import PhoneEntry
from rollcall.model.phone import AuthMode, Phone
from rollcall.storage.phone_reader import PhoneReader, read_rules
from rollcall.storage.repositories import SqlRepositories
from rollcall.storage.secrets import SecretBox

Open = Callable[[], AbstractContextManager[SqlRepositories]]


def test_rules_are_the_defaults_until_something_is_set(changing: Open, database: Path) -> None:
    rules = read_rules(database)
    assert rules.default.expires_max == 3600
    assert rules.orders == {("MD5", "SHA-256"): 1}
    with changing() as repositories:
        repositories.set_parameters({"auth_algorithms": "SHA-256", "auth_mode": "ip"})
        repositories.add_phone(
            PhoneEntry(number="1001", overrides={"auth_algorithms": "MD5"}), "pw"
        )
    rules = read_rules(database)
    assert rules.default.auth_mode is AuthMode.IP
    assert rules.orders == {("SHA-256",): 1, ("MD5",): 1}


def test_orders_weigh_what_they_are_common(changing: Open, database: Path) -> None:
    overrides = {"auth_algorithms": "MD5"}
    with changing() as repositories:
        for number in range(23):
            repositories.add_phone(PhoneEntry(number=f"1{number:03}"), "pw")
        for number in range(3):
            other = {**overrides, "max_bindings": str(number // 2 + 1)}
            repositories.add_phone(PhoneEntry(number=f"2{number:03}", overrides=other), "pw")
    assert read_rules(database).orders == {("MD5", "SHA-256"): 16, ("MD5",): 2}


def test_reads_those_there_are(changing: Open, database: Path, box: SecretBox) -> None:
    with changing() as repositories:
        for number in ("1001", "1002", "1003"):
            repositories.add_phone(PhoneEntry(number=number, auth_mode="ip_port"), "pw")
    reader = PhoneReader(database, box, "example.com")
    found = reader.read(["1001", "1003", "4711"], read_rules(database))
    assert set(found) == {"1001", "1003"}
    phone = found["1001"]
    assert isinstance(phone, Phone)
    assert phone.policy.auth_mode is AuthMode.IP_PORT
    reader.close()
    assert set(reader.read(["1002"], read_rules(database))) == {"1002"}
    reader.close()


def test_an_override_this_version_does_not_know_is_an_error_of_that_phone(
    changing: Open, database: Path, box: SecretBox
) -> None:
    with changing() as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "pw")
    rules = read_rules(database)
    with changing() as repositories:
        repositories.change_phone(PhoneEntry(number="1001", overrides={"of_tomorrow": "1"}))
    reader = PhoneReader(database, box, "example.com")
    found = reader.read(["1001"], rules)["1001"]
    assert isinstance(found, str)
    assert "of_tomorrow" in found
    reader.close()


def test_what_another_version_stored_keeps_nobody_out(changing: Open, database: Path) -> None:
    with changing() as repositories:
        repositories.set_parameters({"of_tomorrow": "1", "max_bindings": "2", "expires_nat": "x"})
        repositories.add_phone(PhoneEntry(number="1001", overrides={"of_tomorrow": "1"}), "pw")
    with capture_logs() as lines:
        rules = read_rules(database)
    assert (rules.default.max_bindings, rules.default.expires_nat) == (2, 120)
    assert [line["event"] for line in lines] == ["parameter_unusable", "overrides_unusable"]


def test_values_that_contradict_each_other_give_way_to_the_defaults(
    changing: Open, database: Path
) -> None:
    with changing() as repositories:
        repositories.set_parameters({"expires_min": "3000", "expires_max": "120"})
    with capture_logs() as lines:
        rules = read_rules(database)
    assert (rules.default.expires_min, rules.default.expires_max) == (60, 3600)
    assert [line["event"] for line in lines] == ["parameter_unusable", "parameters_contradict"]


def test_without_a_database_there_are_no_rules(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        read_rules(tmp_path / "none.db")
