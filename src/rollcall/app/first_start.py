"""What must be there before the two processes start: database, keys, realm, an administrator.

At every start but the first, and the one after an update, all is there. That is seen without
SQLAlchemy, whose loading would take a third of the time until phones are answered again.
"""

import os
import sqlite3
import time
from typing import TYPE_CHECKING

import msgspec

from rollcall.app.clock import SteadyClock
from rollcall.app.configuration import Settings
from rollcall.app.places import Places
from rollcall.storage.connection import connect_reader
from rollcall.storage.errors import StorageError
from rollcall.storage.revision import HEAD
from rollcall.storage.secrets import SecretBox, check_key, read_or_make_key, secrets_in_use

if TYPE_CHECKING:
    from sqlalchemy import Engine

ADMIN = "admin"
"""Name of the first console user."""

REALM_SETTING = "realm"

REALM_DEFAULT = "rollcall"
"""The realm of a system without configured domains."""


class Prepared(msgspec.Struct, frozen=True):
    """What the preparation found or made."""

    realm: str
    admin_password: str
    """The generated one, at the first start only; else empty."""
    has_phones: bool


def prepare(settings: Settings) -> Prepared:
    """Make what is missing in the data directory; its lock must be held.

    Raises `StorageError` for a database or a key that cannot be used.
    """
    places = settings.places
    SteadyClock.open(settings.data_dir)
    try:
        return _find(places) or _make(settings)
    except OSError as error:
        raise StorageError(
            f"{places.data_dir} cannot be used: {error.strerror or error}"
        ) from error


def _find(places: Places) -> Prepared | None:
    """See that all is there and fits together; None when something must be made or told."""
    if not (places.database.exists() and places.nonce_key.exists()):
        return None
    try:
        connection = connect_reader(places.database)
        try:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if revision != (HEAD,):
                return None
            realm = connection.execute(
                "SELECT value FROM setting WHERE key = ?", (REALM_SETTING,)
            ).fetchone()
            admin = connection.execute("SELECT 1 FROM user WHERE name = ?", (ADMIN,)).fetchone()
            secret = connection.execute("SELECT secret, number FROM phone LIMIT 1").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:  # who opens it for writing says what is wrong with it
        return None
    if realm is None or admin is None:
        return None
    box = SecretBox.open(places.secrets_key, in_use=secret is not None)
    if secret is not None:
        box.unseal(*secret)
    read_or_make_key(places.nonce_key)
    return Prepared(realm[0], "", has_phones=secret is not None)


def _make(settings: Settings) -> Prepared:
    """Make whatever is missing."""
    from rollcall.storage.database import open_database

    places = settings.places
    engine = open_database(places.database)
    try:
        box = open_box(places, engine)
        read_or_make_key(places.nonce_key)
        realm = settings.domains[0] if settings.domains else REALM_DEFAULT
        return Prepared(
            realm=_fix_realm(engine, box, realm),
            admin_password=_make_admin(engine, box),
            has_phones=secrets_in_use(engine),
        )
    finally:
        engine.dispose()


def open_box(places: Places, engine: "Engine") -> SecretBox:
    """The box for the phones' passwords, shown to fit the database; raises `SecretError`."""
    box = SecretBox.open(places.secrets_key, in_use=secrets_in_use(engine))
    check_key(engine, box)
    return box


def _fix_realm(engine: "Engine", box: SecretBox, wanted: str) -> str:
    """The realm: the one of the first start, for ever; digests of all phones depend on it."""
    from rollcall.storage.repositories import open_repositories

    with open_repositories(engine, box) as repositories:
        realm = repositories.setting(REALM_SETTING)
        if realm is None:
            realm = wanted
            repositories.set_setting(REALM_SETTING, realm)
    return realm


def _make_admin(engine: "Engine", box: SecretBox) -> str:
    """Make the first administrator; gives his password if it was generated here."""
    from rollcall.storage.repositories import open_repositories

    with open_repositories(engine, box) as repositories:
        if repositories.user(ADMIN) is not None:
            return ""
    from argon2 import PasswordHasher

    from rollcall.api.phone_body import generate_password
    from rollcall.model.administration import AuditEntry, User

    given = os.environ.get("ROLLCALL_ADMIN_PASSWORD", "")
    password = given or generate_password()
    user = User(name=ADMIN, role="admin", password_hash=PasswordHasher().hash(password))
    with open_repositories(engine, box) as repositories:
        repositories.set_user(user)
        repositories.add_audit(
            AuditEntry(at=time.time(), who="rollcall", action="user.add", target=ADMIN)
        )
    return "" if given else password
