"""Messages that wait for a phone's data to be read.

The directory answers from its cache; what is not there is read by another thread, and the
message is parked meanwhile. The lot is bounded: when it is full the message is dropped, and
its client retransmits 500 ms later (RFC 3261 section 17.1.2.2), when the cache is warmer.
"""

from collections.abc import Callable

from rollcall.model.phone import Phone
from rollcall.model.ports import Directory

LIMIT = 20_000
"""Messages parked at once: about a second of a restart storm, 20 MB of REGISTERs at most."""

Resume = Callable[[Phone | None, str], None]
"""Called with the phone (None: nobody has the number) and an error text, empty if none."""


class ParkingLot:
    """Parks continuations by number, so that one number is read once for all that wait."""

    def __init__(self, directory: Directory, limit: int = LIMIT) -> None:
        self._directory = directory
        self._limit = limit
        self._parked: dict[str, list[Resume]] = {}
        self.count = 0
        self.dropped = 0

    def park(self, number: str, resume: Resume) -> bool:
        """Call `resume` once `number` has been read; False when there is no room."""
        if self.count >= self._limit:
            self.dropped += 1
            return False
        self.count += 1
        waiting = self._parked.get(number)
        if waiting is not None:
            waiting.append(resume)
            return True
        self._parked[number] = [resume]
        self._directory.load(number, lambda phone, error: self._loaded(number, phone, error))
        return True

    def _loaded(self, number: str, phone: Phone | None, error: str) -> None:
        waiting = self._parked.pop(number, [])
        self.count -= len(waiting)
        for resume in waiting:
            resume(phone, error)
