"""A Location whose commits are done when the test says so, and as the test says."""

from collections.abc import Callable, Sequence

from rollcall.model.event import Event
from rollcall.model.ports import COMMITTED, Change, Outcome, OutcomeKind
from rollcall.model.record import AorRecord


class HeldLocation:
    """Holds each batch until `finish`; keeps records in a dictionary."""

    def __init__(self) -> None:
        self.records: dict[str, AorRecord] = {}
        self.batches: list[list[Change]] = []
        self.loose: list[Event] = []
        self.over: list[str] = []
        self.postponed: dict[str, float] = {}
        self._done: Callable[[Sequence[Outcome]], None] | None = None

    def read(self, aor: str) -> AorRecord | None:
        return self.records.get(aor)

    def commit_many(
        self,
        batch: Sequence[Change],
        loose: Sequence[Event],
        done: Callable[[Sequence[Outcome]], None],
    ) -> None:
        assert self._done is None, "one batch at a time"
        self.batches.append(list(batch))
        self.loose.extend(loose)
        self._done = done

    @property
    def under_way(self) -> bool:
        return self._done is not None

    def finish(self, error: str = "", *, unknown: bool = False, applied: bool = True) -> None:
        """End the batch under way: written, failed with `error`, or with the answer lost."""
        done, self._done = self._done, None
        assert done is not None, "no batch under way"
        outcomes: list[Outcome] = []
        for change in self.batches[-1]:
            aor = change.record.aor
            current = self.records.get(aor)
            if error:
                outcomes.append(Outcome(OutcomeKind.FAILED, current, error))
            elif (current.version if current else 0) != change.base_version:
                outcomes.append(Outcome(OutcomeKind.CONFLICT, current))
            else:
                if applied:
                    self.records[aor] = change.record
                outcomes.append(Outcome(OutcomeKind.UNKNOWN) if unknown else COMMITTED)
        done(outcomes)

    def due(self, now: float, limit: int) -> list[str]:
        over, self.over = self.over[:limit], self.over[limit:]
        return over

    def next_due(self) -> float:
        return float("inf")

    def postpone(self, aor: str, until: float) -> None:
        self.postponed[aor] = until
