"""When each AOR next needs a look: one bucket of AORs per second.

The wheel is lazy. A refresh that only moves an end later does not touch it; the AOR is met
in its old bucket, found to end later, and moved then. So an AOR that refreshes twice an hour
costs one move an hour.

A bucket is a dictionary from the AOR to itself: entries can be taken out again at once (no
duplicates that would need a bound), the garbage collector does not walk it, and it gives back
the one string object that all tables share.
"""

import heapq

NEVER = 0
"""The second of an AOR that waits in no bucket."""


class ExpiryWheel:
    """AORs by the second (rounded up, steady) at which they are looked at again."""

    __slots__ = ("_buckets", "_seconds", "_waiting")

    def __init__(self) -> None:
        self._buckets: dict[int, dict[str, str]] = {}
        self._seconds: list[int] = []  # a heap of the buckets' keys
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, aor: str, second: int) -> None:
        """Let `aor`, which waits nowhere, be looked at in `second`."""
        bucket = self._buckets.get(second)
        if bucket is None:
            self._buckets[second] = {aor: aor}
            heapq.heappush(self._seconds, second)
        else:
            bucket[aor] = aor
        self._waiting += 1

    def take(self, aor: str, second: int) -> str:
        """Take `aor` out of its bucket; gives the string object that was put in."""
        bucket = self._buckets.get(second)
        if bucket is None:
            return aor
        shared = bucket.pop(aor, None)
        if shared is None:
            return aor
        self._waiting -= 1
        return shared

    def peek(self, aor: str, second: int) -> str:
        """Give the string object under which `aor` waits in `second`, else `aor` itself."""
        bucket = self._buckets.get(second)
        return aor if bucket is None else bucket.get(aor, aor)

    def pop(self, until: int) -> tuple[str, int] | None:
        """Take one AOR, with its second, out of a bucket not after `until`; None: none left."""
        while self._seconds and self._seconds[0] <= until:
            second = self._seconds[0]
            bucket = self._buckets[second]
            if bucket:
                self._waiting -= 1
                return bucket.popitem()[0], second
            self._drop_first()
        return None

    def next_second(self) -> float:
        """Give the first second that may have something; infinity when all is empty."""
        while self._seconds:
            if self._buckets[self._seconds[0]]:
                return float(self._seconds[0])
            self._drop_first()
        return float("inf")

    def _drop_first(self) -> None:
        del self._buckets[heapq.heappop(self._seconds)]
