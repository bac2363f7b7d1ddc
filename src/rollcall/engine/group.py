"""The group: what is decided together, written together and released together.

A 200 is durable (idea 4 of the design). Decisions gather in one group while the group before
it is being written; when that one is done the next is handed to the store. Whatever an answer
has seen, its own change or somebody else's that is not durable yet, decides which group it
waits for.

    gathering --flush--> under way --done--> released, then a rest of `REST` while others gather

Each AOR ahead of the store has its newest record in `ahead`, with the group that holds it. An
AOR whose write failed falls back to the store's version: whatever was built on the lost
version conflicts at its own commit and is decided again.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from rollcall.model.event import Event
from rollcall.model.ports import Change, Location, Outcome, OutcomeKind
from rollcall.model.record import AorRecord

REST = 0.002
"""Seconds between the end of one write and the beginning of the next, so that requests share a
flush and its two changes of thread. Two thousandths are little beside a phone's first
retransmission after 500 ms. Who comes alone does not wait: nothing was written just before."""

Later = Callable[[float, Callable[[], None]], object]
"""Calls something after so many seconds: `loop.call_later`."""


class Waiting(Protocol):
    """Someone whose answer depends on a record that is not durable yet."""

    aor: str

    def release(self) -> None:
        """What was seen is durable: answer."""
        ...

    def fail(self, error: str) -> None:
        """It could not be written: say so."""
        ...

    def again(self) -> None:
        """Someone else changed the record first: decide again."""
        ...


class _Gathered:
    """What one group will do to one AOR."""

    __slots__ = ("base_version", "events", "plain", "record")

    def __init__(self, base_version: int) -> None:
        self.base_version = base_version
        self.record: AorRecord | None = None
        self.events: tuple[Event, ...] = ()
        self.plain = True


class Group:
    """One unit of writing."""

    __slots__ = ("changes", "loose", "waiting")

    def __init__(self) -> None:
        self.changes: dict[str, _Gathered] = {}
        self.waiting: list[Waiting] = []
        self.loose: list[Event] = []


class GroupCommit:
    """Gathers decisions into groups and releases their answers once they are durable."""

    def __init__(self, location: Location, later: Later | None = None) -> None:
        """Without `later` there is no rest between groups."""
        self._location = location
        self._later = later
        self._resting = False
        self._gathering = Group()
        self._under_way: Group | None = None
        self._ahead: dict[str, tuple[AorRecord, Group]] = {}
        self.groups = 0
        self.failed_groups = 0
        self.largest_group = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is gathered and nothing is being written."""
        group = self._gathering
        return self._under_way is None and not (group.changes or group.loose or group.waiting)

    def read(self, aor: str) -> AorRecord | None:
        """Newest record of `aor`, durable or not."""
        ahead = self._ahead.get(aor)
        return ahead[0] if ahead is not None else self._location.read(aor)

    def settled(self, aor: str) -> bool:
        """Whether the newest record of `aor` is durable, so that an answer need not wait."""
        return aor not in self._ahead

    def join(self, waiting: Waiting) -> None:
        """Release `waiting` together with the newest record of its AOR, now if it is durable."""
        ahead = self._ahead.get(waiting.aor)
        if ahead is None:
            waiting.release()
        else:
            ahead[1].waiting.append(waiting)

    def change(
        self,
        waiting: Waiting,
        record: AorRecord,
        base_version: int,
        events: tuple[Event, ...],
        plain: bool,
    ) -> None:
        """Add a decision; `waiting` is released once `record` is durable.

        `base_version` is the version of the record it was decided from, as `read` gave it.
        """
        group = self._gathering
        gathered = group.changes.get(record.aor)
        if gathered is None:
            group.changes[record.aor] = gathered = _Gathered(base_version)
        gathered.record = record
        if events:
            gathered.events += events
        if not plain:
            gathered.plain = False
        self._ahead[record.aor] = (record, group)
        group.waiting.append(waiting)

    def tell(self, events: Sequence[Event]) -> None:
        """Write events that belong to no record, with the next group."""
        self._gathering.loose.extend(events)

    def flush(self) -> None:
        """Hand what was gathered to the store, unless a group is under way or was just now."""
        group = self._gathering
        if self._resting or self._under_way is not None or not (group.changes or group.loose):
            return
        self._gathering = Group()
        self._under_way = group
        batch = [
            Change(gathered.record, gathered.base_version, gathered.events, gathered.plain)
            for gathered in group.changes.values()
            if gathered.record is not None
        ]
        self.groups += 1
        self.largest_group = max(self.largest_group, len(batch))
        self._location.commit_many(batch, group.loose, self._done)

    def _done(self, outcomes: Sequence[Outcome]) -> None:
        group = self._under_way
        if group is None:
            raise RuntimeError("a store reported a batch twice")
        self._under_way = None
        lost: dict[str, Outcome] = {}
        for (aor, gathered), outcome in zip(group.changes.items(), outcomes, strict=True):
            kind = outcome.kind
            if kind is OutcomeKind.UNKNOWN:
                outcome = self._read_back(aor, gathered.record)
                kind = outcome.kind
            if kind is not OutcomeKind.COMMITTED:
                lost[aor] = outcome
            ahead = self._ahead.get(aor)
            if ahead is not None and ahead[1] is group:
                del self._ahead[aor]
        if not lost:
            for waiting in group.waiting:
                waiting.release()
        else:
            self._release_some(group.waiting, lost)
        if self._later is not None:
            self._resting = True
            self._later(REST, self._rested)
        else:
            self.flush()

    def _rested(self) -> None:
        self._resting = False
        self.flush()

    def _release_some(self, waiting: list[Waiting], lost: dict[str, Outcome]) -> None:
        self.failed_groups += 1
        again: list[Callable[[], None]] = []
        for one in waiting:
            outcome = lost.get(one.aor)
            if outcome is None:
                one.release()
            elif outcome.kind is OutcomeKind.FAILED:
                one.fail(outcome.error)
            else:
                again.append(one.again)
        for decide_again in again:
            decide_again()

    def _read_back(self, aor: str, written: AorRecord | None) -> Outcome:
        """Find out what became of a write whose outcome the store did not tell."""
        current = self._location.read(aor)
        if current == written or (current is None and written is not None and written.empty):
            return Outcome(OutcomeKind.COMMITTED)
        return Outcome(OutcomeKind.CONFLICT, current)
