"""Passwords of phones at rest: AES-256-GCM under a key in a file of its own.

They must be readable, not hashed: an HA1 depends on the realm and the algorithm, and both may
change. The key lies apart from the database, so that a copy of the database alone says nothing;
a backup holds both and must be kept like a key.

A sealed secret is: format (1 byte), key id (4), nonce (12), ciphertext and tag. What it belongs
to (the phone's number) is authenticated too, so that rows cannot be exchanged.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rollcall.storage.errors import KeyMismatchError, KeyMissingError, SecretError

if TYPE_CHECKING:
    from sqlalchemy import Engine  # while running, whoever has an engine has loaded it

KEY_SIZE = 32

_FORMAT = b"\x01"
_ID_SIZE = 4
_NONCE_SIZE = 12
_PREFIX = 1 + _ID_SIZE

_log = structlog.get_logger("rollcall.secrets")


class SecretBox:
    """Seals and opens secrets with one key."""

    def __init__(self, key: bytes, origin: str = "the key file") -> None:
        self._cipher = AESGCM(key)
        self._head = _FORMAT + hashlib.sha256(b"rollcall secret key" + key).digest()[:_ID_SIZE]
        self._origin = origin

    @classmethod
    def open(cls, path: Path, *, in_use: bool) -> Self:
        """Read the key in `path`; make it when there is none and no secret is `in_use`.

        Raises `KeyMissingError` when there are secrets that only a lost key could open, and
        `SecretError` when the file is no key.
        """
        if in_use and not path.exists():
            raise KeyMissingError(
                f"{path} is missing: it holds the key of the phones' passwords. Put it back from"
                " a backup; without it every phone needs a new password."
            )
        return cls(read_or_make_key(path), str(path))

    def seal(self, secret: str, owner: str) -> bytes:
        """Encrypt `secret`, which belongs to `owner`."""
        nonce = os.urandom(_NONCE_SIZE)
        return self._head + nonce + self._cipher.encrypt(nonce, secret.encode(), owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> str:
        """Decrypt; raises `KeyMismatchError` for another key and `SecretError` for damage."""
        if sealed[:_PREFIX] != self._head:
            raise KeyMismatchError(
                f"{self._origin} is not the key that the password of {owner} was written with;"
                " put the right one back from a backup"
            )
        nonce = sealed[_PREFIX : _PREFIX + _NONCE_SIZE]
        try:
            plain = self._cipher.decrypt(nonce, sealed[_PREFIX + _NONCE_SIZE :], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretError(
                f"the stored password of {owner} is damaged; set a new one"
            ) from error
        return plain.decode()


def read_or_make_key(path: Path, size: int = KEY_SIZE) -> bytes:
    """Give the key in `path`, of `size` bytes; makes a random one when there is no file.

    The file is readable for its owner only. Raises `SecretError` when it is no such key.
    """
    with contextlib.suppress(FileExistsError):
        return _make_key(path, size)
    if path.stat().st_mode & 0o077:
        _log.warning("key_file_readable_by_others", file=str(path), remedy=f"chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:  # not ASCII, or no digits
        key = b""
    if len(key) != size:
        raise SecretError(f"{path} does not hold a key; put the right file back from a backup")
    return key


def secrets_in_use(engine: "Engine") -> bool:
    """Tell whether the database holds secrets, so that their key must exist."""
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1 FROM phone LIMIT 1").first() is not None


def check_key(engine: "Engine", box: SecretBox) -> None:
    """Open one stored secret; raises `SecretError` when `box` does not fit the database."""
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT secret, number FROM phone LIMIT 1").first()
    if row is not None:
        box.unseal(row[0], row[1])


def _make_key(path: Path, size: int) -> bytes:
    """Write a fresh key, whole or not at all; raises `FileExistsError`."""
    if path.exists():
        raise FileExistsError(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    key = os.urandom(size)
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, key.hex().encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        path.hardlink_to(fresh)  # fails when another process was faster
    finally:
        fresh.unlink()
    return key
