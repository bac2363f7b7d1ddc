"""The directory's two bounded tables: phones, and numbers that nobody has."""

from rollcall.model.phone import Phone

SHARDS = 256
"""A power of two: at a million phones a shard has 4,000 entries and grows in microseconds."""

_MASK = SHARDS - 1


class PhoneCache:
    """Phones by number. Past its bound, the entry that came first goes first, shard by shard."""

    __slots__ = ("_missing", "_missing_limit", "_per_shard", "_shards", "_size")

    def __init__(self, limit: int, missing_limit: int) -> None:
        self._shards: list[dict[str, Phone]] = [{} for _ in range(SHARDS)]
        self._per_shard = max(1, -(-limit // SHARDS))
        self._missing: dict[str, None] = {}
        self._missing_limit = missing_limit
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def get(self, number: str) -> Phone | None:
        """Give the phone, None when it is not here."""
        return self._shards[hash(number) & _MASK].get(number)

    def missing(self, number: str) -> bool:
        """Tell whether nobody is known to have this number."""
        return number in self._missing

    def put(self, phone: Phone) -> None:
        """Keep a phone."""
        number = phone.number
        shard = self._shards[hash(number) & _MASK]
        if number not in shard:
            if len(shard) >= self._per_shard:
                del shard[next(iter(shard))]
                self._size -= 1
            self._size += 1
        shard[number] = phone
        self._missing.pop(number, None)

    def put_missing(self, number: str) -> None:
        """Remember that nobody has this number."""
        missing = self._missing
        if len(missing) >= self._missing_limit and number not in missing:
            del missing[next(iter(missing))]
        missing[number] = None

    def forget(self, number: str) -> None:
        """Forget both, whatever is known of this number."""
        if self._shards[hash(number) & _MASK].pop(number, None) is not None:
            self._size -= 1
        self._missing.pop(number, None)

    def clear(self) -> None:
        """Forget everything."""
        self._shards = [{} for _ in range(SHARDS)]
        self._missing = {}
        self._size = 0
