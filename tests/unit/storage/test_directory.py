"""`rollcall.storage.directory`: what is its own; the rest is in tests/contract."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from rollcall.model.administration import PhoneEntry
from rollcall.model.phone import Phone
from rollcall.storage.directory import SqliteDirectory
from rollcall.storage.repositories import open_repositories
from rollcall.storage.secrets import SecretBox

PATIENCE = 10.0
"""Seconds a test waits for the loader before it fails."""


class Side:
    """A directory over a database, with a loop that runs when told to."""

    def __init__(self, engine: Engine, database: Path, box: SecretBox) -> None:
        self.engine = engine
        self.database = database
        self.box = box
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.directory = self.open()

    def open(self, **options: int) -> SqliteDirectory:
        return SqliteDirectory(
            self.database,
            self.box,
            "example.com",
            self.calls.put,
            shared_aor=self.shared,
            limit=options.get("limit", 1000),
            missing_limit=options.get("missing_limit", 10),
        )

    aors: Mapping[str, str] = {}

    def shared(self, aor: str) -> str:
        return self.aors.get(aor, aor)

    def add(self, *numbers: str, overrides: Mapping[str, str] | None = None) -> None:
        with open_repositories(self.engine, self.box) as repositories:
            for number in numbers:
                entry = PhoneEntry(number=number, overrides=dict(overrides or {}))
                repositories.add_phone(entry, "secret")

    def load(self, number: str) -> tuple[Phone | None, str]:
        answers: list[tuple[Phone | None, str]] = []
        self.directory.load(number, lambda phone, error: answers.append((phone, error)))
        while not answers:
            self.calls.get(timeout=PATIENCE)()
        return answers[0]


@pytest.fixture
def side(engine: Engine, database: Path, box: SecretBox) -> Iterator[Side]:
    made = Side(engine, database, box)
    yield made
    made.directory.close()


def test_the_cache_is_bounded(side: Side) -> None:
    side.directory.close()
    side.directory = side.open(limit=256)  # one of each shard
    numbers = [str(number) for number in range(2000, 2600)]
    side.add(*numbers)
    for number in numbers:
        side.load(number)
    assert len(side.directory) <= 256
    phone, _ = side.load(numbers[0])
    assert phone is not None


def test_numbers_nobody_has_are_bounded_and_the_oldest_goes_first(side: Side) -> None:
    for number in range(20):
        side.load(f"scan{number}")
    known = [number for number in range(20) if side.directory.missing(f"scan{number}")]
    assert known == list(range(10, 20))


def test_one_question_for_many_who_ask(side: Side) -> None:
    side.add("1001")
    answers: list[Phone | None] = []
    for _ in range(5):
        side.directory.load("1001", lambda phone, _: answers.append(phone))
    side.calls.get(timeout=PATIENCE)()
    assert len(answers) == 5
    assert side.calls.empty()


def test_a_change_while_loading_is_not_missed(side: Side) -> None:
    """The loader may have read before the change; so it reads again."""
    side.add("1001")
    answers: list[Phone | None] = []
    side.directory.load("1001", lambda phone, _: answers.append(phone))
    loaded_before_the_change = side.calls.get(timeout=PATIENCE)
    with open_repositories(side.engine, side.box) as repositories:
        repositories.change_phone(PhoneEntry(number="1001", enabled=False))
    side.directory.invalidate("1001")
    loaded_before_the_change()
    assert answers == []
    side.calls.get(timeout=PATIENCE)()
    assert answers[0] is not None
    assert not answers[0].enabled


def test_parameters_are_read_anew(side: Side) -> None:
    side.add("1001")
    assert side.directory.default_policy().expires_max == 3600
    before, _ = side.load("1001")
    with open_repositories(side.engine, side.box) as repositories:
        repositories.set_parameters({"expires_max": "1800", "expires_default": "900"})
    side.directory.invalidate_all()
    assert side.directory.default_policy().expires_max == 1800
    assert side.directory.parameters()["expires_default"] == 900
    assert side.directory.cached("1001") is None
    after, _ = side.load("1001")
    assert before is not None
    assert after is not None
    assert (before.policy.expires_max, after.policy.expires_max) == (3600, 1800)


def test_policies_are_shared_by_phones_with_the_same_overrides(side: Side) -> None:
    side.add("1001", "1002", overrides={"max_bindings": "1"})
    side.add("1003", "1004")
    first, second, third, fourth = (side.load(str(n))[0] for n in range(1001, 1005))
    assert first is not None
    assert second is not None
    assert third is not None
    assert fourth is not None
    assert first.policy is second.policy
    assert third.policy is fourth.policy is side.directory.default_policy()


def test_the_orders_in_use_are_known_from_the_start(side: Side) -> None:
    side.add("1001", overrides={"auth_algorithms": "SHA-256, MD5"})
    side.directory.invalidate_all()
    assert side.directory.algorithm_orders() == {
        ("MD5", "SHA-256"): 1,
        ("SHA-256", "MD5"): 1,
    }


def test_the_string_of_an_aor_is_shared(side: Side) -> None:
    side.add("1001")
    kept = "".join(["sip:1001@", "example.com"])
    side.aors = {kept: kept}
    phone, _ = side.load("1001")
    assert phone is not None
    assert phone.aor is kept


def test_a_database_that_cannot_be_read_is_an_error_not_an_unknown_number(side: Side) -> None:
    side.add("1001")
    with side.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE phone RENAME TO away")
    with capture_logs() as lines:
        phone, error = side.load("1001")
    assert phone is None
    assert error.startswith("directory: ")
    assert not side.directory.missing("1001")
    assert lines[0]["event"] == "directory_unavailable"
    with side.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO phone")
    phone, error = side.load("1001")
    assert (phone is not None, error) == (True, "")


def test_a_secret_that_cannot_be_opened_is_an_error_for_that_phone_only(side: Side) -> None:
    side.add("1001", "1002")
    with side.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE phone SET secret = x'00' WHERE number = '1001'")
    with capture_logs() as lines:
        phone, error = side.load("1001")
    assert phone is None
    assert "1001" in error
    assert not side.directory.missing("1001")
    assert [line["event"] for line in lines] == ["phone_unusable"]
    assert side.load("1002")[0] is not None


def test_without_a_database_it_cannot_be_opened(tmp_path: Path, box: SecretBox) -> None:
    with pytest.raises(sqlite3.Error):
        SqliteDirectory(tmp_path / "none.db", box, "example.com", lambda call: call())


def test_a_closed_loop_is_not_an_error(engine: Engine, database: Path, box: SecretBox) -> None:
    del engine

    def deliver(call: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    directory = SqliteDirectory(database, box, "example.com", deliver)
    directory.load("1001", lambda phone, error: None)
    directory.close()
