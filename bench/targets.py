"""The targets, and which of them these results meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from setting import Findings, median_of

MEMORY_STORE = "rollcall-memory"
DURABLE = "rollcall"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it asks for, what was found, and whether that is enough."""

    target: str
    found: str
    met: bool


def ratio(rates: Findings, left: str, right: str, step: str = "refresh") -> float | None:
    """Give the median over the rounds of left's rate by right's in the same round."""
    if left not in rates or right not in rates:
        return None
    pairs = zip(rates[left][step], rates[right][step], strict=True)
    return median_of(one / other for one, other in pairs)


def _rates(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    rates = parts["rates"]
    for left, right, least, words in (
        (MEMORY_STORE, "kamailio", 0.7, "Refreshes/s, memory store, by Kamailio's in memory"),
        (DURABLE, "kamailio", 0.6, "Refreshes/s, durable, by Kamailio's in memory"),
        (DURABLE, "kamailio-db", 2.0, "Refreshes/s, durable, by Kamailio's with db_mode=1"),
    ):
        found = ratio(rates, left, right)
        if found is not None:
            yield Verdict(f"{words}: at least {least}", f"{found:.2f}", found >= least)
    servers = {name: own for name, own in rates.items() if isinstance(own, dict)}
    troubles = [f"{name}: {text}" for name, own in servers.items() for text in own["troubles"]]
    yield Verdict("Every flow of every peer is granted", "; ".join(troubles) or "yes", not troubles)
    if "generator" in parts:
        fastest = max(max(own["refresh"]) for own in servers.values())
        bare = median_of(parts["generator"]["refresh"])
        met = bare >= 2 * fastest
        times = f"{bare / fastest:.1f} times"
        yield Verdict("The generator against a bare reflector: twice any server", times, met)


def _latency(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    if DURABLE in parts["latency"]:
        p99 = parts["latency"][DURABLE]["median"]["p99"] / 1000
        words = "p99 at half of the highest rate, durable, open loop: below 10 ms"
        yield Verdict(words, f"{p99:.2f} ms", p99 < 10)


def _export(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    found = parts["export"]
    late = found["latency"]["p99.9"] / 1000
    words = f"p99.9 while {found['rows']:,} rows are exported: at most 50 ms"
    yield Verdict(words, f"{late:.1f} ms", late <= 50 and not found["troubles"])


def _size(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    found = parts["size"].get(DURABLE)
    if found is None:
        return
    for phones in found["rates"]:
        each = found[phones]["bytes"]
        words = f"Memory per binding at {int(phones):,}: at most 1,200 bytes"
        yield Verdict(words, f"{each:,.0f} bytes", each <= 1200)
    words = "Rate at 200,000 bindings by that at 10,000: at least 0.9"
    yield Verdict(words, f"{found['ratio']:.2f}", found["ratio"] >= 0.9)


def _restart(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    found = parts["restart"]
    for restart in found["restarts"]:
        after = f"200,000 bindings, {restart['how']} and started"
        ready, recovered, kept = restart["ready"], restart["recovered"], restart["kept"]
        yield Verdict(f"{after}: ready in 2 s", f"{ready:.2f} s", ready <= 2)
        yield Verdict(f"{after}: all recovered in 10 s", f"{recovered:.2f} s", recovered <= 10)
        yield Verdict(f"{after}: none lost", f"{kept:,}", kept == found["bindings"])


def _sources(parts: Mapping[str, Findings]) -> Iterator[Verdict]:
    found = parts["sources"]
    words = f"Default limits, {found['sources']:,} sources: every flow granted"
    yield Verdict(words, "; ".join(found["troubles"]) or "yes", not found["troubles"])


JUDGES = {
    "rates": _rates,
    "latency": _latency,
    "export": _export,
    "size": _size,
    "restart": _restart,
    "sources": _sources,
}


def verdicts(parts: Mapping[str, Findings]) -> list[Verdict]:
    """Judge every part that was measured."""
    return [verdict for part, judge in JUDGES.items() if part in parts for verdict in judge(parts)]
