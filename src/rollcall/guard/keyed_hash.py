"""The one keyed hash of the guard: BLAKE2b with a secret (RFC 7693 section 2.9).

Nonces are signed with it, and what strangers are told about numbers that do not exist is drawn
from it. All of it goes through `KeyedHash.__call__`, where tests count how often it is asked.
"""

from hashlib import blake2b

LEAST_KEY = 16
"""Bytes of the shortest key taken: 128 bits cannot be searched."""

MOST_KEY = 64
"""Bytes of the longest key BLAKE2b takes (RFC 7693 section 2.1)."""


class KeyedHash:
    """`hash(data)` gives `size` bytes that nobody without `key` can foretell.

    `purpose` keeps uses of one key apart: the same data hash differently for each. Raises
    ValueError for a key that is too short or too long.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes, purpose: str, size: int) -> None:
        if not LEAST_KEY <= len(key) <= MOST_KEY:
            raise ValueError(f"a key has {LEAST_KEY} to {MOST_KEY} bytes, this one {len(key)}")
        self._keyed = blake2b(key=key, person=purpose.encode(), digest_size=size)

    def __call__(self, data: bytes) -> bytes:
        """Hash `data`. Copying the keyed state is cheaper than setting the key again."""
        hashing = self._keyed.copy()
        hashing.update(data)
        return hashing.digest()
