"""`Location` with a journal: every change is on the disk before anyone hears of it.

The loop's thread compares versions and encodes; one writer thread appends and flushes; the
outcome comes back into the loop's thread, and only then do the records in memory advance. So
`read` gives durable records only, and a flush that failed leaves nothing to be taken back.
"""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

import structlog

from rollcall.model.event import Event
from rollcall.model.ports import Change, Outcome, OutcomeKind
from rollcall.model.record import AorRecord, encode_record
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position, encode_group
from rollcall.storage.memory import compare
from rollcall.storage.record_table import RecordTable

_log = structlog.get_logger("rollcall.journal")

Deliver = Callable[[Callable[[], None]], object]
"""Runs something in the loop's thread: `loop.call_soon_threadsafe`."""


class Clock(Protocol):
    """What the journal asks of `rollcall.app.clock`."""

    def now(self) -> float:
        """Steady seconds."""
        ...

    def to_wall(self, steady: float) -> float:
        """Seconds since 1970 at `steady`."""
        ...


class _Group:
    """One batch on its way to the disk."""

    __slots__ = ("done", "kept", "number", "outcomes", "payload")

    def __init__(
        self,
        number: int,
        payload: bytes,
        kept: list[tuple[AorRecord, bytes]],
        outcomes: list[Outcome],
        done: Callable[[Sequence[Outcome]], None],
    ) -> None:
        self.number = number
        self.payload = payload
        self.kept = kept
        self.outcomes = outcomes
        self.done = done


class JournalLocation:
    """Keeps records in `table` and `file`; see `rollcall.storage.recovery` for both.

    `deliver` hands a callable to the thread that calls `commit_many`.
    """

    def __init__(
        self, table: RecordTable, file: JournalFile, clock: Clock, deliver: Deliver
    ) -> None:
        self._table = table
        self._file = file
        self._clock = clock
        self._deliver = deliver
        self._group = file.end.group
        self._error = ""
        self._prepared = True
        self._queue: SimpleQueue[_Group | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def __len__(self) -> int:
        """Count the AORs of which something is known."""
        return len(self._table)

    @property
    def durable_group(self) -> int:
        """Number of the last group that is on the disk."""
        return self._group

    @property
    def position(self) -> Position:
        """Where the durable journal ends."""
        return self._file.end

    @property
    def error(self) -> str:
        """Why nothing can be written at present; empty while all is well."""
        return self._error

    def read(self, aor: str) -> AorRecord | None:
        """Give the durable record of `aor`; None when nothing is known."""
        return self._table.get(aor)

    def commit_many(
        self,
        batch: Sequence[Change],
        loose: Sequence[Event],
        done: Callable[[Sequence[Outcome]], None],
    ) -> None:
        """Compare-and-set every entry; `done` is called, later, once all are on the disk."""
        outcomes, changes = compare(self._table, batch)
        if not changes and not loose:
            done(outcomes)
            return
        kept: list[tuple[AorRecord, bytes]] = []
        body: list[tuple[bytes, bool, tuple[Event, ...]]] = []
        for change in changes:
            encoded = encode_record(change.record)
            kept.append((change.record, encoded))
            body.append((encoded, change.plain, change.events))
        now = self._clock.now()
        number = self._group + 1
        payload = encode_group(number, now, self._clock.to_wall(now) - now, body, loose)
        self._queue.put(_Group(number, payload, kept, outcomes, done))

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

    def close(self) -> None:
        """Finish what is under way and close the file. Blocks for one flush at most."""
        self._queue.put(None)
        self._writer.join()
        self._file.close()

    def _write(self) -> None:
        """Run in the writer thread until `close`."""
        self._prepare()
        while (group := self._queue.get()) is not None:
            error = ""
            try:
                self._file.append(group.payload, group.number)
            except OSError as failure:
                error = f"journal: {failure.strerror or failure}"
            self._tell(group, error)
            if not error:
                self._prepare()

    def _prepare(self) -> None:
        try:
            self._file.prepare()
            self._prepared = True
        except OSError as failure:  # the next append tries again, and its failure is told
            if self._prepared:
                _log.warning("journal_not_extended", error=str(failure))
            self._prepared = False

    def _tell(self, group: _Group, error: str) -> None:
        try:
            self._deliver(lambda: self._finish(group, error))
        except RuntimeError:  # the loop is closed: nobody is left to be answered
            _log.warning("journal_outcome_dropped", group=group.number, error=error)

    def _finish(self, group: _Group, error: str) -> None:
        """Run in the loop's thread: advance memory, or leave it as it was."""
        if error:
            failed = Outcome(OutcomeKind.FAILED, None, error)
            outcomes = [
                failed if outcome.kind is OutcomeKind.COMMITTED else outcome
                for outcome in group.outcomes
            ]
        else:
            outcomes = group.outcomes
            self._group = group.number
            for record, encoded in group.kept:
                self._table.put(record, encoded)
        self._log_state(error)
        group.done(outcomes)

    def _log_state(self, error: str) -> None:
        """Say it once when writing fails, once when it works again."""
        if error and error != self._error:
            _log.error("journal_failed", error=error, effect="registrations are answered 500")
        elif self._error and not error:
            _log.info("journal_works_again", was=self._error)
        self._error = error
