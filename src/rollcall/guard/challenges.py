"""What a 401 asks with: one WWW-Authenticate header per algorithm (RFC 8760 section 2.3).

A phone is offered its algorithms in its own order. A number that does not exist must look the
same, so it gets one of the orders that are in use, always the same one: each order draws a lot
with the number, and the highest lot wins. When the operator adds or removes an order, only the
numbers that win or lose it change theirs.
"""

from functools import lru_cache

from rollcall.guard.keyed_hash import KeyedHash
from rollcall.sip.authorization import Challenge

Order = tuple[str, ...]
"""Names of algorithms, the preferred one first."""

_LOT_LENGTH = 8  # 64 bits: no two lots are ever equal
_MAX_TEMPLATES = 64
"""Orders times two: three algorithms can be ordered in 15 ways."""

_PLACE = "\0"  # stands for the nonce in a template; no header may hold it


class Challenges:
    """Writes the challenges of one realm; `key` draws the lots."""

    def __init__(self, realm: str, key: bytes) -> None:
        self._realm = realm
        self._lot = KeyedHash(key, "order", _LOT_LENGTH)
        self._templates = lru_cache(maxsize=_MAX_TEMPLATES)(self._write_templates)

    def made_up_order(self, number: str, orders: tuple[Order, ...]) -> Order:
        """Give the order for a number that does not exist. One hash per order in use.

        `orders` has at least one member; a single one is given without hashing.
        """
        if len(orders) == 1:
            return orders[0]
        name = number.encode(errors="replace") + b"\0"
        lots = [self._lot(name + ",".join(order).encode()) for order in orders]
        return orders[lots.index(max(lots))]

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
