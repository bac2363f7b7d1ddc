"""A change that no phone asked for: an expiry, a kick, a lost connection."""

from collections.abc import Callable

from rollcall.engine.group import GroupCommit
from rollcall.model.ports import Location, UnreadableError
from rollcall.model.record import AorRecord
from rollcall.registrar.decision import Decision

Step = Callable[[AorRecord, float], Decision]
"""`(record, now) -> Decision`; the same record in the decision means there was nothing to do."""

MAX_ATTEMPTS = 3
"""Decisions made anew after conflicts before giving up (idea 3 of the design)."""

POSTPONED = 1.0
"""Seconds until an expiry is tried again that could not be written."""


class Operation:
    """One step applied to one record, tried again on conflicts; `done("")` when durable."""

    __slots__ = ("_attempts", "_done", "_group", "_location", "_now", "_postpone", "_step", "aor")

    def __init__(
        self,
        group: GroupCommit,
        location: Location,
        aor: str,
        step: Step,
        now: float,
        done: Callable[[str], None] | None,
        postpone: bool,
    ) -> None:
        self.aor = aor
        self._group = group
        self._location = location
        self._step = step
        self._now = now
        self._done = done
        self._postpone = postpone
        self._attempts = 0

    def run(self) -> None:
        """Decide from the newest record and wait until that is durable."""
        self._attempts += 1
        try:
            record = self._group.read(self.aor) or AorRecord(self.aor)
        except UnreadableError as error:
            self.fail(str(error))
            return
        decision = self._step(record, self._now)
        if decision.record is record:
            self._group.join(self)
            return
        self._group.change(self, decision.record, record.version, decision.events, decision.plain)

    def release(self) -> None:
        """The change is durable."""
        if self._done is not None:
            self._done("")

    def fail(self, error: str) -> None:
        """The change could not be written."""
        if self._postpone:
            self._location.postpone(self.aor, self._now + POSTPONED)
        if self._done is not None:
            self._done(error)

    def again(self) -> None:
        """Another change came first."""
        if self._attempts < MAX_ATTEMPTS:
            self.run()
        else:
            self.fail("others changed the same address three times in a row")
