"""`Location` in memory only: for tests, and for those who want speed and no durability."""

from collections.abc import Callable, Sequence

from rollcall.model.event import Event
from rollcall.model.ports import COMMITTED, Change, Outcome, OutcomeKind
from rollcall.model.record import AorRecord, encode_record
from rollcall.storage.record_table import RecordTable

Listener = Callable[[Sequence[Change], Sequence[Event]], None]


class MemoryLocation:
    """Keeps records in this process; they end with it.

    `listener`, when given, is told what was committed, with the events: what a follower of
    the journal would read.
    """

    def __init__(self, table: RecordTable | None = None, listener: Listener | None = None) -> None:
        self._table = RecordTable() if table is None else table
        self._listener = listener
        self._group = 0

    def __len__(self) -> int:
        """Count the AORs of which something is known."""
        return len(self._table)

    @property
    def durable_group(self) -> int:
        """Number of the last group of changes that was kept."""
        return self._group

    def read(self, aor: str) -> AorRecord | None:
        """Give the record of `aor`; None when nothing is known."""
        return self._table.get(aor)

    def commit_many(
        self,
        batch: Sequence[Change],
        loose: Sequence[Event],
        done: Callable[[Sequence[Outcome]], None],
    ) -> None:
        """Compare-and-set every entry; `done` is called before this returns."""
        outcomes, kept = compare(self._table, batch)
        for change in kept:
            self._table.put(change.record, encode_record(change.record))
        if kept or loose:
            self._group += 1
        if self._listener is not None and (kept or loose):
            self._listener(kept, loose)
        done(outcomes)

    def due(self, now: float, limit: int) -> list[str]:
        """See `rollcall.model.ports.Location.due`."""
        return self._table.due(now, limit)

    def next_due(self) -> float:
        """See `rollcall.model.ports.Location.next_due`."""
        return self._table.next_due()

    def postpone(self, aor: str, until: float) -> None:
        """See `rollcall.model.ports.Location.postpone`."""
        self._table.postpone(aor, until)

    def shared(self, aor: str) -> str:
        """Give the string object under which `aor` is kept, `aor` itself when it is not."""
        return self._table.shared(aor)


def compare(table: RecordTable, batch: Sequence[Change]) -> tuple[list[Outcome], list[Change]]:
    """Compare base versions with `table`: the outcome of each entry, and those that may go on."""
    outcomes: list[Outcome] = []
    kept: list[Change] = []
    for change in batch:
        aor = change.record.aor
        if table.version(aor) == change.base_version:
            outcomes.append(COMMITTED)
            kept.append(change)
        else:
            outcomes.append(Outcome(OutcomeKind.CONFLICT, table.get(aor)))
    return outcomes, kept
