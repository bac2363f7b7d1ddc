"""Nonces that prove themselves, so that no table of them is kept (RFC 7616 section 3.3).

    nonce  =  hex(time salt mac)
    time   =  4 bytes, whole steady seconds
    salt   =  4 bytes, random: tells the nonces of one second apart
    mac    =  12 bytes, keyed BLAKE2b over time, salt and the source's IP address

The address is in it so that a challenge caught on the way is of no use elsewhere; the port is
not, because NATs change it between the challenge and its answer. The key is kept on disk by
whoever makes the `NonceMint`: nonces outlive a restart, and no wave of challenges follows it.
"""

import random
from collections.abc import Callable
from enum import Enum
from hmac import compare_digest

from rollcall.guard.keyed_hash import KeyedHash

MAC_LENGTH = 12
"""Bytes: 96 bits, the length HMAC is commonly cut to (RFC 2104 section 5 asks for 80 or more)."""

_NAME_LENGTH = 8  # time and salt; as a number it fits the 64 bits of the journal's integers
_LENGTH = _NAME_LENGTH + MAC_LENGTH

FUTURE_TOLERANCE = 5.0
"""Seconds a nonce may come from the future: another node's clock runs ahead, or ours was not
saved before a crash."""


class Unusable(Enum):
    """Why a nonce is not taken."""

    STALE = "stale"
    """We made it, but it is too old, or from the future."""
    INVALID = "invalid"
    """We did not make it, or for another address."""


_random = random.Random()  # noqa: S311  the MAC is the secret; salts need only differ


def _random_salt() -> int:
    return _random.getrandbits(32)


class NonceMint:
    """Makes nonces and knows its own.

    `lifetime` (seconds, parameter `auth_timeout`) may be set anew at any time; `salt` gives
    32-bit numbers. Raises ValueError for a bad key.
    """

    __slots__ = ("_mac", "_salt", "lifetime")

    def __init__(self, key: bytes, lifetime: float, salt: Callable[[], int] = _random_salt) -> None:
        self._mac = KeyedHash(key, "nonce", MAC_LENGTH)
        self._salt = salt
        self.lifetime = lifetime

    def mint(self, now: float, host: str) -> str:
        """Give a new nonce for the source address `host`; `now` in steady seconds."""
        name = ((int(now) & 0xFFFFFFFF) << 32 | self._salt()).to_bytes(_NAME_LENGTH)
        return (name + self._mac(name + host.encode())).hex()

    def check(self, nonce: str, now: float, host: str) -> int | Unusable:
        """Give the number that names the nonce in `NonceUse`, or why it is not taken."""
        if len(nonce) != 2 * _LENGTH:
            return Unusable.INVALID
        try:
            raw = bytes.fromhex(nonce)
        except ValueError:
            return Unusable.INVALID
        name = raw[:_NAME_LENGTH]
        # A nonce with spaces in it comes out shorter, and cannot fit its MAC.
        if not compare_digest(raw[_NAME_LENGTH:], self._mac(name + host.encode())):
            return Unusable.INVALID
        nonce_id = int.from_bytes(name)
        age = now - (nonce_id >> 32)
        if age > self.lifetime or age < -FUTURE_TOLERANCE:
            return Unusable.STALE
        return nonce_id

    def dies_at(self, nonce_id: int) -> float:
        """Give the steady second after which the nonce of that number is stale."""
        return (nonce_id >> 32) + self.lifetime
