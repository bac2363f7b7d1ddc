"""What every `Directory` promises: in memory, and over rollcall.db."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import pytest
from sqlalchemy import Engine

from rollcall.model.administration import AccountEntry, PhoneEntry
from rollcall.model.phone import AuthMode, Network, Phone, Policy
from rollcall.model.ports import Directory
from rollcall.sip.digest import Algorithm, ha1
from rollcall.storage.database import open_database
from rollcall.storage.directory import SqliteDirectory
from rollcall.storage.memory_directory import MemoryDirectory
from rollcall.storage.repositories import open_repositories
from rollcall.storage.secrets import SecretBox

PATIENCE = 10.0
"""Seconds a test waits for the loader before it fails."""


class Provisioning(Protocol):
    """A directory, and the other side of it."""

    @property
    def directory(self) -> Directory: ...

    def add(self, entry: PhoneEntry, password: str) -> None: ...

    def remove(self, number: str) -> None: ...

    def invalidate(self, number: str) -> None: ...

    def settle(self) -> None:
        """Let one answer of `load` arrive."""
        ...


class InMemory:
    """Makes phones as the SQLite directory would."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._memory = MemoryDirectory(deliver=self._calls.put)
        self.directory: Directory = self._memory

    def add(self, entry: PhoneEntry, password: str) -> None:
        policy = Policy(
            max_bindings=int(entry.overrides.get("max_bindings", 5)),
            auth_mode=AuthMode(entry.auth_mode or "password"),
            auth_algorithms=tuple(
                entry.overrides.get("auth_algorithms", "MD5, SHA-256").split(", ")
            ),
        )

        def hashed(algorithm: Algorithm) -> bytes:
            offered = algorithm.value in policy.auth_algorithms
            return ha1(algorithm, entry.number, "example.com", password) if offered else b""

        self._memory.put(
            Phone(
                number=entry.number,
                aor=entry.aor("example.com"),
                policy=policy,
                ha1_md5=hashed(Algorithm.MD5),
                ha1_sha256=hashed(Algorithm.SHA_256),
                ha1_sha512_256=hashed(Algorithm.SHA_512_256),
                networks=entry.networks,
                enabled=entry.enabled,
                account=entry.account,
            )
        )

    def remove(self, number: str) -> None:
        self._memory.remove(number)

    def invalidate(self, number: str) -> None:
        self._memory.invalidate(number)

    def settle(self) -> None:
        self._calls.get(timeout=PATIENCE)()

    def close(self) -> None:
        pass


class OverSqlite:
    def __init__(self, folder: Path) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._box = SecretBox(b"k" * 32)
        self._engine: Engine = open_database(folder / "rollcall.db")
        with open_repositories(self._engine, self._box) as repositories:
            repositories.add_account(AccountEntry(name="acme"))
        self._sqlite = SqliteDirectory(
            folder / "rollcall.db", self._box, "example.com", self._calls.put
        )
        self.directory: Directory = self._sqlite

    def add(self, entry: PhoneEntry, password: str) -> None:
        with open_repositories(self._engine, self._box) as repositories:
            if repositories.phone(entry.number) is None:
                repositories.add_phone(entry, password)
            else:
                repositories.change_phone(entry, password)

    def remove(self, number: str) -> None:
        with open_repositories(self._engine, self._box) as repositories:
            repositories.remove_phone(number)

    def invalidate(self, number: str) -> None:
        self._sqlite.invalidate(number)

    def settle(self) -> None:
        self._calls.get(timeout=PATIENCE)()

    def close(self) -> None:
        self._sqlite.close()
        self._engine.dispose()


@pytest.fixture(params=["memory", "sqlite"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provisioning]:
    made: InMemory | OverSqlite = InMemory() if request.param == "memory" else OverSqlite(tmp_path)
    yield made
    made.close()


def load(side: Provisioning, number: str) -> Phone | None:
    """Load and wait; the answer comes in this thread and not before it is waited for."""
    answers: list[tuple[Phone | None, str, int]] = []
    side.directory.load(
        number, lambda phone, error: answers.append((phone, error, threading.get_ident()))
    )
    assert answers == []
    side.settle()
    phone, error, thread = answers[0]
    assert (len(answers), error, thread) == (1, "", threading.get_ident())
    return phone


PLAIN = PhoneEntry(number="1001")


def test_a_phone_is_known_once_it_was_loaded(side: Provisioning) -> None:
    side.add(PLAIN, "secret")
    assert side.directory.cached("1001") is None
    assert not side.directory.missing("1001")
    phone = load(side, "1001")
    assert phone is not None
    assert side.directory.cached("1001") is phone
    assert not side.directory.missing("1001")


def test_everything_about_a_plain_phone(side: Provisioning) -> None:
    side.add(PLAIN, "sécret")
    assert load(side, "1001") == Phone(
        number="1001",
        aor="sip:1001@example.com",
        policy=Policy(),
        ha1_md5=ha1(Algorithm.MD5, "1001", "example.com", "sécret"),
        ha1_sha256=ha1(Algorithm.SHA_256, "1001", "example.com", "sécret"),
    )


def test_everything_about_a_special_phone(side: Provisioning) -> None:
    side.add(
        PhoneEntry(
            number="1002",
            domain="other.example.com",
            account="acme",
            auth_mode="password_and_ip",
            networks=(Network("192.0.2.0/24", 5060), Network("2001:db8::/32")),
            overrides={"max_bindings": "1", "auth_algorithms": "SHA-512-256"},
            enabled=False,
        ),
        "secret",
    )
    phone = load(side, "1002")
    assert phone is not None
    assert phone.aor == "sip:1002@other.example.com"
    assert phone.policy.max_bindings == 1
    assert phone.policy.auth_mode is AuthMode.PASSWORD_AND_IP
    assert phone.policy.auth_algorithms == ("SHA-512-256",)
    assert (phone.ha1_md5, phone.ha1_sha256) == (b"", b"")
    assert phone.ha1_sha512_256 == ha1(Algorithm.SHA_512_256, "1002", "example.com", "secret")
    assert phone.networks == (Network("192.0.2.0/24", 5060), Network("2001:db8::/32"))
    assert not phone.enabled
    assert phone.account == "acme"
    assert side.directory.algorithm_orders() == {("MD5", "SHA-256"): 1, ("SHA-512-256",): 1}


def test_phones_without_overrides_share_the_default_policy(side: Provisioning) -> None:
    side.add(PLAIN, "secret")
    phone = load(side, "1001")
    assert phone is not None
    assert phone.policy == side.directory.default_policy()


def test_nobody_has_the_number(side: Provisioning) -> None:
    assert load(side, "4711") is None
    assert side.directory.cached("4711") is None
    assert side.directory.missing("4711")


def test_a_number_that_is_given_to_somebody_is_no_longer_missing(side: Provisioning) -> None:
    load(side, "1001")
    side.add(PLAIN, "secret")
    side.invalidate("1001")
    assert not side.directory.missing("1001")
    assert load(side, "1001") is not None


def test_a_change_is_seen_after_it_was_told(side: Provisioning) -> None:
    side.add(PLAIN, "secret")
    load(side, "1001")
    side.add(PhoneEntry(number="1001", enabled=False), "changed")
    side.invalidate("1001")
    assert side.directory.cached("1001") is None
    phone = load(side, "1001")
    assert phone is not None
    assert not phone.enabled
    assert phone.ha1_md5 == ha1(Algorithm.MD5, "1001", "example.com", "changed")
    side.remove("1001")
    side.invalidate("1001")
    assert load(side, "1001") is None
