"""A `Location` that behaves as badly as a remote one may: late, contested, silent.

For the contract suite and for tests of those who commit: whoever works with this works with a
store at the other end of a network.
"""

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from rollcall.model.event import Event
from rollcall.model.ports import Change, Location, Outcome, OutcomeKind
from rollcall.model.record import AorRecord

UNKNOWN = Outcome(OutcomeKind.UNKNOWN, None, "the store did not answer")

Done = Callable[[Sequence[Outcome]], None]


class FaultyLocation:
    """Wraps a location whose `commit_many` calls `done` at once.

    `delay`: outcomes wait for `release`. `rivals` (by AOR) are counted down: as often somebody
    else commits the same AOR first. `lose`: so many batches are kept, but their outcome is
    UNKNOWN; `drop`: so many are not kept, and nobody can tell the difference.
    """

    def __init__(self, inner: Location) -> None:
        self._inner = inner
        self._held: deque[tuple[Done, list[Outcome]]] = deque()
        self.delay = False
        self.rivals: dict[str, int] = {}
        self.lose = 0
        self.drop = 0

    def read(self, aor: str) -> AorRecord | None:
        """See `Location.read`."""
        return self._inner.read(aor)

    def commit_many(self, batch: Sequence[Change], loose: Sequence[Event], done: Done) -> None:
        """See `Location.commit_many`."""
        for change in batch:
            self._rival(change.record.aor)
        outcomes: list[Outcome] = []
        if self.drop:
            self.drop -= 1
            outcomes.extend(UNKNOWN for _ in batch)
        else:
            self._inner.commit_many(batch, loose, outcomes.extend)
            if self.lose:
                self.lose -= 1
                outcomes = [UNKNOWN for _ in batch]
        self._held.append((done, outcomes))
        if not self.delay:
            self.release()

    def release(self) -> None:
        """Let the outcomes that wait arrive, in order."""
        while self._held:
            done, outcomes = self._held.popleft()
            done(outcomes)

    def due(self, now: float, limit: int) -> list[str]:
        """See `Location.due`."""
        return self._inner.due(now, limit)

    def next_due(self) -> float:
        """See `Location.next_due`."""
        return self._inner.next_due()

    def postpone(self, aor: str, until: float) -> None:
        """See `Location.postpone`."""
        self._inner.postpone(aor, until)

    def _rival(self, aor: str) -> None:
        """Commit the same AOR just before: what another node would do."""
        left = self.rivals.get(aor, 0)
        current = self._inner.read(aor)
        if not left or current is None:
            return
        self.rivals[aor] = left - 1
        rival = msgspec.structs.replace(current, version=current.version + 1)
        self._inner.commit_many((Change(rival, current.version),), (), _ignore)


def _ignore(_outcomes: Sequence[Outcome]) -> None:
    """Nobody waits for the rival's outcome."""
