"""A bounded memory of decoded values, for header lines that repeat.

Fleets of phones send the same User-Agent, Supported and Request-URI lines by the million. A memo
answers those from one dictionary look-up and makes all records share one value.

It must not pay when an attacker varies the lines. So entries are never evicted one by one: once
full, a memo stops storing, and a miss costs the look-up only. After `limit * REFILL` misses in a
row of fullness everything is forgotten at once, so that a fleet that changed its firmware is
remembered again; that bounds storing to one miss in `REFILL`.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")

LIMIT = 1024
"""Entries of one memo: more distinct devices, domains or option lists than one fleet shows."""

REFILL = 16
"""Misses per entry before a full memo starts afresh."""

MAX_KEY = 512
"""Longest text remembered, in characters: 1,024 of them are half a megabyte, and no more."""

_MEMOS: dict[str, "Memo[object]"] = {}


class Memo(Generic[V]):
    """Remembers `decode(text)` for at most `limit` texts. What `decode` raises is not remembered.

    `name` is the key under which `memo_statistics` shows it.
    """

    __slots__ = ("_decode", "_entries", "_limit", "_misses_when_full", "hits", "misses")

    def __init__(self, name: str, decode: Callable[[str], V], limit: int = LIMIT) -> None:
        self._decode = decode
        self._entries: dict[str, V] = {}
        self._limit = limit
        self._misses_when_full = 0
        self.hits = 0
        self.misses = 0
        _MEMOS[name] = self  # type: ignore[assignment]  # only counters are read from the table

    def __call__(self, text: str) -> V:
        """Give the decoded value of `text`, from memory when it is there."""
        value = self._entries.get(text)
        if value is not None:
            self.hits += 1
            return value
        return self._miss(text)

    def __len__(self) -> int:
        return len(self._entries)

    def _miss(self, text: str) -> V:
        self.misses += 1
        value = self._decode(text)
        if len(self._entries) >= self._limit:
            self._misses_when_full += 1
            if self._misses_when_full < self._limit * REFILL:
                return value
            self._entries.clear()
            self._misses_when_full = 0
        if len(text) <= MAX_KEY:
            self._entries[text] = value
        return value


def memo_statistics() -> dict[str, tuple[int, int]]:
    """Give (hits, misses) of every memo, by its name, since the process began."""
    return {name: (memo.hits, memo.misses) for name, memo in _MEMOS.items()}
