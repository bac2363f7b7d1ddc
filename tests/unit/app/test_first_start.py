"""Preparing a data directory."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.app import first_start
from rollcall.app.configuration import Settings, load
from rollcall.app.first_start import ADMIN, Prepared, open_box, prepare
from rollcall.model.administration import PhoneEntry, User
from rollcall.storage.database import open_database
from rollcall.storage.errors import (
    DatabaseError,
    DatabaseTooNewError,
    KeyMismatchError,
    KeyMissingError,
)
from rollcall.storage.repositories import open_repositories


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("ROLLCALL_ADMIN_PASSWORD", raising=False)
    settings = load({"data_dir": tmp_path / "data"})
    settings.places.create()
    return settings


def admin(settings: Settings) -> User:
    engine = open_database(settings.places.database)
    try:
        with open_repositories(engine, open_box(settings.places, engine)) as repositories:
            found = repositories.user(ADMIN)
    finally:
        engine.dispose()
    assert found is not None
    return found


def test_the_first_start_makes_everything_once(settings: Settings) -> None:
    first = prepare(settings)
    assert first.realm == "rollcall"
    assert len(first.admin_password) >= 12
    assert not first.has_phones
    places = settings.places
    assert places.clock.exists()
    for key in (places.secrets_key, places.nonce_key):
        assert key.stat().st_mode & 0o777 == 0o600
    keys = [places.secrets_key.read_bytes(), places.nonce_key.read_bytes()]
    second = prepare(settings)
    assert second.admin_password == ""
    assert [places.secrets_key.read_bytes(), places.nonce_key.read_bytes()] == keys


def test_the_password_is_kept_as_argon2_only(settings: Settings) -> None:
    from argon2 import PasswordHasher

    password = prepare(settings).admin_password
    user = admin(settings)
    assert user.role == "admin"
    assert user.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(user.password_hash, password)
    assert password.encode() not in settings.places.database.read_bytes()


def test_a_given_password_is_not_told_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argon2 import PasswordHasher

    monkeypatch.setenv("ROLLCALL_ADMIN_PASSWORD", "correct horse")
    assert prepare(settings).admin_password == ""
    assert PasswordHasher().verify(admin(settings).password_hash, "correct horse")


def test_the_realm_is_the_one_of_the_first_start(settings: Settings) -> None:
    assert prepare(settings.model_copy(update={"domains": ("a.example", "b")})).realm == "a.example"
    assert prepare(settings.model_copy(update={"domains": ("other",)})).realm == "a.example"


def test_a_lost_key_is_never_made_anew(settings: Settings) -> None:
    prepare(settings)
    engine = open_database(settings.places.database)
    with open_repositories(engine, open_box(settings.places, engine)) as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
    engine.dispose()
    assert prepare(settings).has_phones
    settings.places.secrets_key.unlink()
    with pytest.raises(KeyMissingError, match=r"secrets\.key"):
        prepare(settings)
    assert not settings.places.secrets_key.exists()


def test_later_starts_only_look(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes things, and takes long to load, is not needed then."""
    prepare(settings)

    def made(_: Settings) -> None:
        raise AssertionError("there was nothing to make")

    monkeypatch.setattr(first_start, "_make", made)
    assert prepare(settings) == Prepared("rollcall", "", has_phones=False)


@pytest.mark.parametrize(
    "missing",
    [
        "DELETE FROM user",
        "DELETE FROM setting WHERE key = 'realm'",
    ],
)
def test_what_is_missing_later_is_made_then(settings: Settings, missing: str) -> None:
    prepare(settings)
    with sqlite3.connect(settings.places.database) as connection:
        connection.execute(missing)
    connection.close()
    again = prepare(settings)
    assert again.realm == "rollcall"
    assert bool(again.admin_password) == ("user" in missing)
    assert admin(settings).role == "admin"


def test_a_lost_nonce_key_is_made_anew(settings: Settings) -> None:
    prepare(settings)
    settings.places.nonce_key.unlink()
    prepare(settings)
    assert settings.places.nonce_key.exists()


def test_a_key_that_does_not_fit_stops_the_start(settings: Settings) -> None:
    prepare(settings)
    engine = open_database(settings.places.database)
    with open_repositories(engine, open_box(settings.places, engine)) as repositories:
        repositories.add_phone(PhoneEntry(number="1001"), "secret")
    engine.dispose()
    settings.places.secrets_key.write_text("00" * 32)
    with pytest.raises(KeyMismatchError, match="1001"):
        prepare(settings)


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    prepare(settings)
    with sqlite3.connect(settings.places.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseTooNewError, match="9999"):
        prepare(settings)


def test_what_is_no_database_is_named(settings: Settings) -> None:
    prepare(settings)
    settings.places.database.write_bytes(b"something else entirely" * 100)
    with pytest.raises(DatabaseError, match=r"rollcall\.db"):
        prepare(settings)


@pytest.mark.parametrize("module", ["serve", "sip_process"])
def test_what_phones_wait_for_loads_no_sqlalchemy(module: str) -> None:
    program = f"import sys, rollcall.app.{module}; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"False\n"
