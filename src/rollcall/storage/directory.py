"""`Directory` over rollcall.db: a bounded read-through cache, filled by one loader thread.

A phone takes 330 bytes (measured): number, HA1s and a table entry; policy, networks and account
are shared between phones, and the AOR is the very string that keys its record. Passwords are
opened only to compute HA1s, and only those of the algorithms the phone is offered.

Both tables are bounded. Of the phones, the one loaded first goes first: it costs one look-up to
have it again. Of the numbers that nobody has, too: a scan must not grow anything.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec
import structlog

from rollcall.model.parameter import Value
from rollcall.model.phone import Phone, Policy
from rollcall.storage.phone_cache import PhoneCache
from rollcall.storage.phone_reader import PhoneReader, read_rules
from rollcall.storage.secrets import SecretBox

_log = structlog.get_logger("rollcall.directory")

Deliver = Callable[[Callable[[], None]], object]
Done = Callable[[Phone | None, str], None]

BATCH = 500
"""Phones asked for in one statement: some 10 ms of work in the loader."""

PHONES = 1_000_000
NUMBERS_MISSING = 10_000
"""Bounds of the two tables, from the design: 330 MB and 1 MB."""


def _same(aor: str) -> str:
    return aor


class SqliteDirectory:
    """Phones of rollcall.db. Made and called in the loop's thread, closed with `close`.

    `deliver` hands a callable to that thread; `shared_aor` gives the string object of an AOR that
    others keep already. Raises `sqlite3.Error` when the parameters cannot be read.
    """

    def __init__(
        self,
        database: Path,
        box: SecretBox,
        realm: str,
        deliver: Deliver,
        *,
        shared_aor: Callable[[str], str] = _same,
        limit: int = PHONES,
        missing_limit: int = NUMBERS_MISSING,
    ) -> None:
        self._database = database
        self._deliver = deliver
        self._shared_aor = shared_aor
        self._cache = PhoneCache(limit, missing_limit)
        self._rules = read_rules(database)
        self._waiting: dict[str, list[Done]] = {}
        self._outdated: set[str] = set()  # changed while they were being loaded
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        reader = PhoneReader(database, box, realm)
        self._loader = threading.Thread(
            target=self._run, args=(reader,), name="directory", daemon=True
        )
        self._loader.start()

    def __len__(self) -> int:
        """Count the phones in the cache."""
        return len(self._cache)

    def cached(self, number: str) -> Phone | None:
        """Give the phone, if it is known without waiting."""
        return self._cache.get(number)

    def missing(self, number: str) -> bool:
        """Tell whether it is known, without waiting, that nobody has this number."""
        return self._cache.missing(number)

    def load(self, number: str, done: Done) -> None:
        """Fetch a phone; `done(phone or None, error)` is called later in this thread."""
        waiting = self._waiting.get(number)
        if waiting is not None:
            waiting.append(done)
            return
        self._waiting[number] = [done]
        self._queue.put(number)

    def default_policy(self) -> Policy:
        """Give the policy of phones without overrides."""
        return self._rules.default

    def algorithm_orders(self) -> Mapping[tuple[str, ...], int]:
        """Give every order of algorithms that some phone is offered, with its weight."""
        return self._rules.orders

    def parameters(self) -> dict[str, Value]:
        """Give the values in force of all parameters, by key."""
        return self._rules.values

    def invalidate(self, number: str) -> None:
        """A phone was added, changed or removed: what is known of it is forgotten."""
        self._cache.forget(number)
        if number in self._waiting:
            self._outdated.add(number)

    def invalidate_all(self) -> None:
        """Parameters changed, or many phones: read the former again now, forget the latter.

        Takes less than a millisecond plus the distinct override sets. When the database cannot be
        read, the old values stay in force; that is logged, and `sqlite3.Error` is raised.
        """
        self._rules = read_rules(self._database)
        self._cache.clear()
        self._outdated.update(self._waiting)

    def close(self) -> None:
        """Stop the loader; what still waits is never answered."""
        self._queue.put(None)
        self._loader.join()

    # In the loop's thread, when a batch is back.

    def _finish(self, found: dict[str, Phone | str], numbers: Sequence[str], error: str) -> None:
        for number in numbers:
            if number in self._outdated:
                self._outdated.discard(number)
                self._queue.put(number)
                continue
            entry = found.get(number, error)
            phone = self._share(entry) if isinstance(entry, Phone) else None
            why = "" if isinstance(entry, Phone) else entry
            if phone is not None:
                self._cache.put(phone)
            elif not why:
                self._cache.put_missing(number)
            for done in self._waiting.pop(number, ()):
                done(phone, why)

    def _share(self, phone: Phone) -> Phone:
        order = phone.policy.auth_algorithms
        rules = self._rules
        if order not in rules.orders:
            self._rules = msgspec.structs.replace(rules, orders={**rules.orders, order: 1})
        shared = self._shared_aor(phone.aor)
        return phone if shared is phone.aor else msgspec.structs.replace(phone, aor=shared)

    # In the loader's thread.

    def _run(self, reader: PhoneReader) -> None:
        while (first := self._queue.get()) is not None:
            numbers = [first, *self._more()]
            found: dict[str, Phone | str] = {}
            error = ""
            try:
                found = reader.read(numbers, self._rules)
            except sqlite3.Error as failure:
                error = f"directory: {failure}"
                _log.error("directory_unavailable", error=str(failure))
                reader.close()
            self._tell(found, numbers, error)
        reader.close()

    def _tell(self, found: dict[str, Phone | str], numbers: list[str], error: str) -> None:
        try:
            self._deliver(lambda: self._finish(found, numbers, error))
        except RuntimeError:  # the loop is closed: nobody waits any more
            _log.debug("directory_answer_dropped", phones=len(numbers))

    def _more(self) -> list[str]:
        more: list[str] = []
        while len(more) < BATCH - 1:
            try:
                number = self._queue.get_nowait()
            except Empty:
                break
            if number is None:
                self._queue.put(None)  # close comes after this batch
                break
            more.append(number)
        return more
