"""Digest arithmetic (RFC 2617 section 3.2.2, RFC 7616 section 3.4, RFC 8760).

    HA1       =  H(username ":" realm ":" password)
    HA1-sess  =  H(hex(HA1) ":" nonce ":" cnonce)
    HA2       =  H(method ":" uri)                            qop absent or "auth"
    HA2       =  H(method ":" uri ":" H(body))                qop "auth-int"
    response  =  H(HA1 ":" nonce ":" HA2)                     qop absent (RFC 2069)
    response  =  H(HA1 ":" nonce ":" nc ":" cnonce ":" qop ":" HA2)

HA1 is kept raw: a third of the size at rest, and the same for a session algorithm and its plain
one. Every hash goes through HASHES, where tests may count them.
"""

import hashlib
from collections.abc import Callable
from enum import Enum

from rollcall.sip.authorization import Credentials
from rollcall.sip.sha512_256 import sha512_256_hex

try:
    # CPython's own MD5 starts in a third of the time OpenSSL's takes, and inputs are short.
    from _md5 import md5 as _md5  # type: ignore[import-not-found]  # no stub for the built-in
except ImportError:  # another Python, or one built without it
    _md5 = hashlib.md5


def _md5_hex(data: bytes) -> str:
    digest: str = _md5(data, usedforsecurity=False).hexdigest()
    return digest


def _sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": _md5_hex,
    "SHA-256": _sha256_hex,
    "SHA-512-256": sha512_256_hex,
}
"""Hash function by family: bytes to lower-case hexadecimal digits."""


class Algorithm(Enum):
    """Digest algorithms, valued as on the wire (RFC 7616 section 6.1)."""

    MD5 = "MD5"
    MD5_SESS = "MD5-sess"
    SHA_256 = "SHA-256"
    SHA_256_SESS = "SHA-256-sess"
    SHA_512_256 = "SHA-512-256"
    SHA_512_256_SESS = "SHA-512-256-sess"

    family: str
    """Name of the hash function: algorithms of one family share the HA1."""
    session: bool

    def __init__(self, wire_name: str) -> None:
        self.family = wire_name.removesuffix("-sess")
        self.session = wire_name.endswith("-sess")

    def __str__(self) -> str:
        return str(self.value)


_BY_NAME = {algorithm.value.lower(): algorithm for algorithm in Algorithm}
_AS_WRITTEN = {algorithm.value: algorithm for algorithm in Algorithm}


def parse_algorithm(name: str) -> Algorithm | None:
    """Give the algorithm of that name, any case; None when it is not one of ours."""
    return _AS_WRITTEN.get(name) or _BY_NAME.get(name.lower())


def ha1(algorithm: Algorithm, username: str, realm: str, password: str) -> bytes:
    """Give the raw HA1, which is what to store: 16 bytes for MD5, 32 for the others."""
    text = f"{username}:{realm}:{password}"
    return bytes.fromhex(HASHES[algorithm.family](text.encode(errors="replace")))


def expected_response(
    algorithm: Algorithm,
    raw_ha1: bytes,
    method: str,
    credentials: Credentials,
    body: bytes = b"",
) -> str:
    """Give the response that right credentials carry, as lower-case hexadecimal digits.

    `credentials` supplies nonce, uri, qop, nc and cnonce, as the client sent them; `body` counts
    with qop "auth-int" only.
    """
    digest = HASHES[algorithm.family]
    given = credentials
    first = raw_ha1.hex()
    if algorithm.session:
        first = digest(f"{first}:{given.nonce}:{given.cnonce}".encode(errors="replace"))
    if given.qop == "auth-int":
        second = digest(f"{method}:{given.uri}:{digest(body)}".encode(errors="replace"))
    else:
        second = digest(f"{method}:{given.uri}".encode(errors="replace"))
    if not given.qop:
        return digest(f"{first}:{given.nonce}:{second}".encode(errors="replace"))
    return digest(
        f"{first}:{given.nonce}:{given.raw_nc}:{given.cnonce}:{given.qop}:{second}".encode(
            errors="replace"
        )
    )
