"""The durable records in memory: encoded bytes by AOR, and when each needs a look.

A record is one block of bytes: 24 bytes of our own in front (when it ends, the second in
which the wheel has it, its version), then `rollcall.model.record.encode_record`'s. Nothing
of it is seen by the garbage collector, comparing versions decodes nothing, and there is one
string object per AOR for all tables.

The dictionaries are many and small, so that none of them stops the loop while it grows: at
a million AORs one of 1,024 shards has a thousand entries and grows in microseconds.

While it is being loaded, an AOR is *settled* once the table knows the truth about it: its record
was put (from the journal, by a commit, by the loader) or it was found that there is none. Nothing
that is loaded touches a settled one, and one that is not is fetched when it is asked for. So who
asks cannot tell a table that is being loaded from one that is complete.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil, inf
from struct import Struct

from rollcall.model.record import AorRecord, decode_record
from rollcall.storage.binding_rows import StoredRecord
from rollcall.storage.expiry_wheel import NEVER, ExpiryWheel

Fetch = Callable[[str], StoredRecord | None]
"""Gives the record of an AOR from where it lies, None when there is none; what it raises goes to
who asked."""

SHARDS = 1024
"""A power of two; see above for the number."""

_FRONT = Struct("<dQQ")  # ends at (steady seconds), second in the wheel, version
_BODY = _FRONT.size
_MASK = SHARDS - 1

_pack = _FRONT.pack
_unpack = _FRONT.unpack_from


class RecordTable:
    """Records by AOR. For one thread; knows nothing of disks."""

    __slots__ = ("_absent", "_fetch", "_shards", "_size", "_wheel")

    def __init__(self) -> None:
        self._shards: list[dict[str, bytes]] = [{} for _ in range(SHARDS)]
        self._wheel = ExpiryWheel()
        self._size = 0
        self._fetch: Fetch | None = None
        self._absent: set[str] = set()  # settled AORs without a record

    def __len__(self) -> int:
        """Count the AORs of which something is known."""
        return self._size

    def get(self, aor: str) -> AorRecord | None:
        """Decode the record of `aor`; None when nothing is known."""
        block = self._shards[hash(aor) & _MASK].get(aor)
        if block is None and self._fetch is not None:
            block = self._settle(aor, self._fetch)
        return None if block is None else decode_record(memoryview(block)[_BODY:])

    def version(self, aor: str) -> int:
        """Give the version of the record of `aor`; 0 when nothing is known."""
        block = self._shards[hash(aor) & _MASK].get(aor)
        if block is None and self._fetch is not None:
            block = self._settle(aor, self._fetch)
        if block is None:
            return 0
        version: int = _unpack(block)[2]
        return version

    def put(self, record: AorRecord, encoded: bytes) -> None:
        """Keep `record`, whose encoding is `encoded`; one that is `empty` is forgotten."""
        bindings = record.bindings
        if len(bindings) == 1 and not bindings[0].grace_until:
            due = bindings[0].expires_at  # nearly always; `next_due` gives the same
        elif record.empty:
            self._forget(record.aor)
            return
        else:
            due = record.next_due()
        self._place(record.aor, record.version, due, encoded)

    def begin_loading(self, fetch: Fetch) -> None:
        """From now on what is not known is fetched, until `end_loading`."""
        self._fetch = fetch

    def load(self, found: Iterable[StoredRecord]) -> list[StoredRecord]:
        """Put those whose AOR is not settled; gives them."""
        shards, absent = self._shards, self._absent
        put: list[StoredRecord] = []
        for one in found:
            aor = one.aor
            if aor not in shards[hash(aor) & _MASK] and aor not in absent:
                self._place(aor, one.version, one.due, one.encoded)
                put.append(one)
        return put

    def end_loading(self) -> None:
        """All is loaded: what is not known now does not exist."""
        self._fetch = None
        self._absent = set()

    def due(self, now: float, limit: int) -> list[str]:
        """Hand out at most `limit` AORs of which something ended by `now`."""
        found: list[str] = []
        until = int(now)
        while len(found) < limit:
            popped = self._wheel.pop(until)
            if popped is None:
                break
            aor = popped[0]
            block = self._shards[hash(aor) & _MASK].get(aor)
            if block is None:
                continue
            ends_at, _, version = _unpack(block)
            if ends_at <= now:
                found.append(aor)
                self._schedule(aor, block, NEVER, ends_at, version)
            elif ends_at == inf:
                self._schedule(aor, block, NEVER, ends_at, version)
            else:
                self._wheel.add(aor, ceil(ends_at))
                self._schedule(aor, block, ceil(ends_at), ends_at, version)
        return found

    def next_due(self) -> float:
        """Give the time at which `due` may next have something; infinity when empty."""
        return self._wheel.next_second()

    def postpone(self, aor: str, until: float) -> None:
        """Hand `aor` out again at `until`, if it is still known."""
        block = self._shards[hash(aor) & _MASK].get(aor)
        if block is None:
            return
        _, second, version = _unpack(block)
        if second:
            aor = self._wheel.take(aor, second)
        self._wheel.add(aor, ceil(until))
        self._schedule(aor, block, ceil(until), until, version)

    def shared(self, aor: str) -> str:
        """Give the string object under which `aor` is kept, so that others need not keep one."""
        block = self._shards[hash(aor) & _MASK].get(aor)
        return aor if block is None else self._wheel.peek(aor, _unpack(block)[1])

    def aors(self) -> Iterator[str]:
        """Walk over all AORs; the table must not change meanwhile."""
        for shard in self._shards:
            yield from shard

    def _settle(self, aor: str, fetch: Fetch) -> bytes | None:
        """Find out about an AOR that is not in the table."""
        if aor in self._absent:
            return None
        found = fetch(aor)
        if found is None:
            self._absent.add(aor)
            return None
        self._place(aor, found.version, found.due, found.encoded)
        return self._shards[hash(aor) & _MASK][aor]

    def _place(self, aor: str, version: int, due: float, encoded: bytes) -> None:
        shard = self._shards[hash(aor) & _MASK]
        block = shard.get(aor)
        if block is None:
            self._size += 1
            second = NEVER
        else:
            second = _unpack(block)[1]
        if second == NEVER or due <= second - 1:
            if second:
                aor = self._wheel.take(aor, second)
            second = NEVER if due == inf else ceil(due)
            if second:
                self._wheel.add(aor, second)
        shard[aor] = _pack(due, second, version) + encoded

    def _forget(self, aor: str) -> None:
        shard = self._shards[hash(aor) & _MASK]
        block = shard.pop(aor, None)
        if block is not None:
            self._wheel.take(aor, _unpack(block)[1])
            self._size -= 1
        if self._fetch is not None:
            self._absent.add(aor)

    def _schedule(self, aor: str, block: bytes, second: int, due: float, version: int) -> None:
        self._shards[hash(aor) & _MASK][aor] = _pack(due, second, version) + block[_BODY:]
