"""SHA-512/256 (FIPS 180-4 sections 5.3.6 and 6.4-6.7), which not every OpenSSL brings.

It is SHA-512 with other initial values, cut to 256 bits. hashlib's SHA-512 takes no initial values,
so the fallback computes the whole function. It is some thousand times slower, and meant for a
system that has no other. The constants are computed by their definition, not listed.
"""

import hashlib
from functools import cache
from math import isqrt

_MASK = (1 << 64) - 1


def sha512_256_hex(data: bytes) -> str:
    """Give the digest as 64 lower-case hexadecimal digits, by OpenSSL when it can."""
    if _OPENSSL_HAS_IT:
        return hashlib.new("sha512_256", data).hexdigest()
    return pure_sha512_256(data).hex()


_OPENSSL_HAS_IT = "sha512_256" in hashlib.algorithms_available


def pure_sha512_256(data: bytes) -> bytes:
    """Give the 32 bytes of the digest without OpenSSL."""
    return _sha512(_initial_values(), data)[:32]


@cache
def _initial_values() -> tuple[int, ...]:
    """Section 5.3.6: SHA-512 of the name, started from SHA-512's own values, each xor a5a5..."""
    mask = int.from_bytes(b"\xa5" * 8)
    start = tuple(value ^ mask for value in _square_root_fractions())
    digest = _sha512(start, b"SHA-512/256")
    return tuple(int.from_bytes(digest[at : at + 8]) for at in range(0, 64, 8))


def _primes(count: int) -> list[int]:
    primes: list[int] = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    return primes


def _square_root_fractions() -> tuple[int, ...]:
    """First 64 bits of the fractions of the square roots of the first 8 primes."""
    return tuple(isqrt(prime << 128) & _MASK for prime in _primes(8))


@cache
def _round_constants() -> tuple[int, ...]:
    """First 64 bits of the fractions of the cube roots of the first 80 primes."""
    return tuple(_cube_root(prime << 192) & _MASK for prime in _primes(80))


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low


def _rotate(word: int, bits: int) -> int:
    return (word >> bits | word << (64 - bits)) & _MASK


def _sha512(start: tuple[int, ...], data: bytes) -> bytes:
    length = len(data) * 8
    data += b"\x80" + b"\0" * (-(len(data) + 17) % 128) + length.to_bytes(16)
    state = start
    for at in range(0, len(data), 128):
        words = [int.from_bytes(data[i : i + 8]) for i in range(at, at + 128, 8)]
        mixed = _compress(state, words)
        state = tuple((a + b) & _MASK for a, b in zip(state, mixed, strict=True))
    return b"".join(word.to_bytes(8) for word in state)


def _compress(state: tuple[int, ...], words: list[int]) -> tuple[int, ...]:
    for t in range(16, 80):
        w15, w2 = words[t - 15], words[t - 2]
        sigma0 = _rotate(w15, 1) ^ _rotate(w15, 8) ^ w15 >> 7
        sigma1 = _rotate(w2, 19) ^ _rotate(w2, 61) ^ w2 >> 6
        words.append((words[t - 16] + sigma0 + words[t - 7] + sigma1) & _MASK)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_round_constants(), words, strict=True):
        sum1 = _rotate(e, 14) ^ _rotate(e, 18) ^ _rotate(e, 41)
        t1 = h + sum1 + (e & f ^ ~e & g) + constant + word
        sum0 = _rotate(a, 28) ^ _rotate(a, 34) ^ _rotate(a, 39)
        t2 = sum0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & _MASK, a, b, c, (d + t1) & _MASK, e, f, g
    return a, b, c, d, e, f, g, h
