"""Loading what rollcall.db shows into memory, behind the back of the phones.

A thread reads and builds; the loop's thread takes what is built in small chunks, so that answers
wait a millisecond at most, and the thread waits when the loop has more to do. Should rollcall.db
be unreadable for a while, records are still fetched one by one as far as that goes, and loading
begins anew.
"""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from rollcall.model.ports import UnreadableError
from rollcall.storage.binding_rows import StoredRecord
from rollcall.storage.record_table import RecordTable
from rollcall.storage.view import View

_log = structlog.get_logger("rollcall.recovery")

Deliver = Callable[[Callable[[], None]], object]
"""Runs something in the loop's thread: `loop.call_soon_threadsafe`."""

CHUNK = 512
"""Records taken in at a time: 1.2 ms."""

AHEAD = 2
"""Chunks built and not taken yet, at most."""

PAUSE = 0.002
"""Seconds between chunks, of which one takes 5 ms to read and build: answers come first. A million
records take about 15 s."""

RETRY_EVERY = 5.0
"""Seconds between attempts while rollcall.db cannot be read."""

_TOLD_EVERY = 50_000


class Progress(msgspec.Struct, frozen=True):
    """How far loading is."""

    loaded: int
    expected: int
    """0 while it is not known."""
    done: bool
    error: str = ""
    """Why it does not go on at present."""


class ViewLoader:
    """Loads `view` into `table`. Made, started and stopped in the loop's thread.

    `streams` is told, there, the AORs with a binding that came over a connection, as they become
    known: loaded, or fetched by `fetch`.
    """

    def __init__(
        self, view: View, table: RecordTable, deliver: Deliver, streams: Callable[[list[str]], None]
    ) -> None:
        self._view = view
        self._table = table
        self._deliver = deliver
        self._streams = streams
        self._loaded = 0
        self._expected = 0
        self._error = ""
        self._done = False
        self._stopping = threading.Event()
        self._room = threading.Semaphore(AHEAD)
        self._thread = threading.Thread(target=self._run, name="view", daemon=True)
        table.begin_loading(self._fetch)

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self._loaded, self._expected, self._done, self._error)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def stop(self) -> None:
        """Stop loading, if it still goes on, and close everything."""
        self._stopping.set()
        self._room.release()
        if self._thread.ident is not None:
            self._thread.join()
        self._view.close()

    # In the loop's thread.

    def _fetch(self, aor: str) -> StoredRecord | None:
        try:
            found = self._view.fetch(aor)
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise UnreadableError(f"rollcall.db: {error}") from error
        if found is not None and found.streams:
            # Later: whoever asks decides from the record as it is.
            self._deliver(lambda: self._streams([aor]))
        return found

    def _begin(self) -> None:
        self._loaded = 0
        self._error = ""

    def _take(self, expected: int, chunk: list[StoredRecord]) -> None:
        self._room.release()
        before = self._loaded
        self._loaded += len(chunk)
        self._expected = max(expected, self._loaded)
        streams = [one.aor for one in self._table.load(chunk) if one.streams]
        if streams:
            self._streams(streams)
        if before // _TOLD_EVERY != self._loaded // _TOLD_EVERY:
            _log.info("loading", records=self._loaded, expected=self._expected)

    def _finish(self) -> None:
        self._table.end_loading()
        self._view.close()
        self._expected = self._loaded
        self._done = True
        _log.info("recovered", records=len(self._table))

    def _fail(self, error: str) -> None:
        if error != self._error:
            _log.error(
                "view_not_loaded",
                error=error,
                effect="records are read one by one",
                retry_seconds=RETRY_EVERY,
            )
        self._error = error

    # In the thread.

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._deliver(self._begin)
                try:
                    if self._load():
                        self._deliver(self._finish)
                    return
                except (sqlite3.Error, msgspec.MsgspecError) as error:
                    self._deliver(partial(self._fail, str(error)))
                self._stopping.wait(RETRY_EVERY)
        except RuntimeError:  # the loop is closed: nobody needs it any more
            _log.debug("loading_dropped")

    def _load(self) -> bool:
        """Hand over everything; False when it was stopped before the end."""
        for expected, chunk in self._view.chunks(CHUNK):
            self._room.acquire()
            if self._stopping.is_set():
                return False
            self._deliver(partial(self._take, expected, chunk))
            self._stopping.wait(PAUSE)
        return True
