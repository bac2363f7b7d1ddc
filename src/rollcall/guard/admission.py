"""How many requests a source, and all of them together, may send in a second.

Each source has a bucket that holds `BURST` seconds' worth of requests and fills at its rate.
It is kept as one number, the time at which it will be full again (the generic cell rate
algorithm, ITU-T I.371): a request moves that time on by one interval, and is refused when that
would take it more than the burst ahead of now. A time that has passed says nothing, so
forgetting a quiet source costs nothing.

The table of sources has two halves (idea 10: every table is bounded). New and returning sources
are written to the young half; when it is full the old half is forgotten and the young becomes
the old. A source that goes on sending is never forgotten, however many others appear.
"""

from rollcall.guard.networks import CompiledNetworks
from rollcall.model.phone import Network

BURST = 5.0
"""Seconds: 100 requests at the default of 20/s. An office behind one address that comes back
after a power cut passes; a scanner does not."""

MAX_SOURCES = 65_536
"""Sources in each half of the table: 10 MB in all, and more than a site of any size shows in
the seconds for which a source is worth remembering."""

_PREFIX_GROUPS = 4  # a /64: the least an IPv6 customer gets, so one attacker owns all of it


class Admission:
    """Decides which datagrams and stream messages are read at all.

    `rate_per_source` and `rate_total` are requests per second, 0 for no limit. Sources in
    `trusted` are exempt from the limit per source.
    """

    __slots__ = (
        "_burst_per_source",
        "_burst_total",
        "_full_at",
        "_interval_per_source",
        "_interval_total",
        "_max_sources",
        "_old",
        "_trusted",
        "_young",
        "admitted",
        "forgotten",
        "refused_by_source",
        "refused_in_total",
    )

    def __init__(
        self,
        rate_per_source: float = 0,
        rate_total: float = 0,
        trusted: tuple[Network, ...] = (),
        max_sources: int = MAX_SOURCES,
    ) -> None:
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}
        self._full_at = 0.0
        self._max_sources = max_sources
        self._trusted = CompiledNetworks(trusted) if trusted else None
        self.admitted = 0
        self.refused_by_source = 0
        self.refused_in_total = 0
        self.forgotten = 0
        """Sources dropped from the table, whether they still mattered or not."""
        self.set_rates(rate_per_source, rate_total)

    def set_rates(self, rate_per_source: float, rate_total: float) -> None:
        """Change the limits while running."""
        self._interval_per_source = 1 / rate_per_source if rate_per_source > 0 else 0.0
        self._interval_total = 1 / rate_total if rate_total > 0 else 0.0
        # Half an interval of slack, so that rounding does not eat the last request of a burst.
        self._burst_per_source = max(BURST - self._interval_per_source / 2, 0.0)
        self._burst_total = max(BURST - self._interval_total / 2, 0.0)

    @property
    def sources(self) -> int:
        """Sources in the table."""
        return len(self._young) + len(self._old)

    def admit(self, host: str, now: float) -> bool:
        """Tell whether a request of `host` is read; `now` in steady seconds.

        A refused request uses up nothing.
        """
        total = self._full_at
        if self._interval_total:
            if total < now:
                total = now
            if total - now > self._burst_total:
                self.refused_in_total += 1
                return False
            total += self._interval_total
        if self._interval_per_source and not self._admit_source(host, now):
            self.refused_by_source += 1
            return False
        self._full_at = total
        self.admitted += 1
        return True

    def _admit_source(self, host: str, now: float) -> bool:
        source = network_of(host) if ":" in host else host
        full_at = self._young.get(source)
        if full_at is None:
            if self._trusted is not None and self._trusted.match(host):
                return True
            full_at = self._old.pop(source, 0.0)
            if len(self._young) >= self._max_sources:
                self.forgotten += len(self._old)
                self._old = self._young
                self._young = {}
        if full_at < now:
            full_at = now
        if full_at - now > self._burst_per_source:
            self._young[source] = full_at
            return False
        self._young[source] = full_at + self._interval_per_source
        return True


def network_of(host: str) -> str:
    """Give what counts as one source: an IPv4 address, or the /64 of an IPv6 address.

    Link-local addresses stand for themselves: all hosts of a link share their /64. `host` is
    written the way the kernel writes it.
    """
    if ":" not in host or host.startswith("fe80:"):
        return host
    left, gap, right = host.partition("%")[0].partition("::")
    groups = left.split(":") if left else []
    if gap and len(groups) < _PREFIX_GROUPS:
        tail = right.split(":") if right else []
        groups += ["0"] * (8 - len(groups) - len(tail)) + tail
    return ":".join(groups[:_PREFIX_GROUPS]) + "::/64"
