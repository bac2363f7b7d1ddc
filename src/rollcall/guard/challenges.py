"""What a 401 asks with: one WWW-Authenticate header per algorithm (RFC 8760 section 2.3).

A phone is offered its algorithms in its own order. A number that does not exist must look the
same, so it gets one of the orders that are in use, always the same one: each order draws a lot
with the number, and the best lot wins. An order that many phones have draws better lots, so that
it is made up as often as it is found: else a rare order would tell that a number is made up. When
an order comes, goes or grows more common, only the numbers that it wins or loses change theirs
(rendezvous hashing with weights, Schindelhauer and Schomaker 2005).
"""

from collections.abc import Mapping
from functools import lru_cache
from math import log

from rollcall.guard.keyed_hash import KeyedHash
from rollcall.sip.authorization import Challenge

Order = tuple[str, ...]
"""Names of algorithms, the preferred one first."""

_LOT_LENGTH = 6  # 48 bits: no two lots are ever equal, and a float holds them exactly
_LOTS = 1 << 8 * _LOT_LENGTH
_MAX_TEMPLATES = 64
"""Orders times two: three algorithms can be ordered in 15 ways."""

_PLACE = "\0"  # stands for the nonce in a template; no header may hold it


class Challenges:
    """Writes the challenges of one realm; `key` draws the lots."""

    def __init__(self, realm: str, key: bytes) -> None:
        self._realm = realm
        self._lot = KeyedHash(key, "order", _LOT_LENGTH)
        self._templates = lru_cache(maxsize=_MAX_TEMPLATES)(self._write_templates)

    def made_up_order(self, number: str, orders: Mapping[Order, int]) -> Order:
        """Give the order for a number that does not exist. One hash per order in use.

        `orders` has at least one member, with weights above 0; a single one is given without
        hashing.
        """
        if len(orders) == 1:
            return next(iter(orders))
        name = number.encode(errors="replace") + b"\0"
        return max(orders, key=lambda order: self._score(name, order, orders[order]))

    def _score(self, name: bytes, order: Order, weight: int) -> float:
        """Give what the lot of an order is worth; it is the highest in proportion to `weight`."""
        lot = int.from_bytes(self._lot(name + ",".join(order).encode()), "big")
        return log((lot + 1) / _LOTS) / weight

    def headers(self, order: Order, nonce: str, *, stale: bool) -> tuple[tuple[str, str], ...]:
        """Give the headers of a 401 that offers `order`, all with the same nonce.

        `stale` tells the client that its password was right and the nonce was not (RFC 7616
        section 3.3): it tries again without asking its user.
        """
        return tuple(
            [
                ("WWW-Authenticate", before + nonce + after)
                for before, after in self._templates(order, stale)
            ]
        )

    def _write_templates(self, order: Order, stale: bool) -> list[tuple[str, str]]:
        templates = []
        for name in order:
            text = str(Challenge(self._realm, _PLACE, name, "auth", stale))
            before, _, after = text.partition(_PLACE)
            templates.append((before, after))
        return templates
