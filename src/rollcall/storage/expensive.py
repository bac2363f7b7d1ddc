"""Numbers that take long to count are counted less often."""

import time
from collections.abc import Callable, Hashable
from threading import Lock

WORTH_KEEPING = 0.05
"""Seconds. What takes less is counted each time, so that small systems are always exact."""

KEPT_TIMES = 10
"""A number stays for so many times the time it took: counting costs a tenth of a core at most,
and at 200,000 phones a total is 3 s old at most."""

LIMIT = 64
"""Numbers kept; the one asked for first goes first."""


class ExpensiveNumbers:
    """Remembers what `count` gave, by key, if it took long. For any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, int]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, count: Callable[[], int]) -> int:
        """Give the number of `key`, counted now or a little while ago."""
        with self._lock:
            kept = self._kept.get(key)
        began = self._clock()
        if kept is not None and began < kept[0]:
            return kept[1]
        number = count()
        ended = self._clock()
        with self._lock:
            self._kept.pop(key, None)
            if ended - began >= WORTH_KEEPING:
                if len(self._kept) >= LIMIT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = (ended + KEPT_TIMES * (ended - began), number)
        return number
