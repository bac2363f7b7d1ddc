"""RESULTS.md: every number in it comes from results.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from setting import Findings, median_of
from targets import ratio, verdicts

PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")
NAMES = {
    "kamailio": "Kamailio, in memory, 1 worker",
    "kamailio-db": "Kamailio, db_mode=1 on PostgreSQL, 8 workers",
    "rollcall": "rollcall, durable (journal)",
    "rollcall-memory": "rollcall, memory store",
}

METHOD = """\
The whole server under test (rollcall: both processes; Kamailio: all workers, and PostgreSQL with
them) is pinned to one core, the generator (`generator/`, C) to the other. Peers take turns, each
freshly started, round after round; ratios are taken within a round, and the median of the rounds
is given. The generator picks phones in random order; tags, branches, CSeq, nonce counts and
client nonces differ in each request; Contacts and Call-IDs are distinct and 60 to 90 bytes long.
An answer counts only if it is a 200 that lists the phone's own Contact. What is not answered is
sent again by RFC 3261's timers, and counted as lost after 8 s, with that time as its latency.
Closed loop: 256 flows in flight, the first second not counted. Open loop: Poisson arrivals,
latency from the scheduled time; *lag* is how late the generator itself was to send.

rollcall runs with `rate_per_source` set to 0, since the generator speaks from one address; the
part "default limits" changes nothing. All else is rollcall's default. Kamailio checks nonce
counts as rollcall does; its nonces are not bound to the source address, and its passwords are
computed from the number, so it never asks a database for them. Both take part with the receive
buffers that they ask for themselves, up to `net.core.rmem_max`.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _milliseconds(latency: Mapping[str, float]) -> list[str]:
    return [f"{latency[name] / 1000:.2f}" for name in PERCENTILES]


def _rates(found: Findings) -> Iterator[str]:
    yield "## Registrations a second, 10,000 phones\n"
    servers = [name for name in NAMES if name in found]
    rows = []
    for name in servers:
        own = found[name]
        row = [NAMES[name]]
        for step in ("refresh", "full"):
            share = ratio(found, name, "kamailio", step)
            cost = f"{median_of(own[f'{step}_cost']):.0f}"
            row += [f"{median_of(own[step]):,.0f}", "-" if share is None else f"{share:.2f}", cost]
        rows.append([*row, f"{median_of(own['core']):.0%}"])
    head = [
        "server",
        "refreshes/s",
        "by Kamailio",
        "µs each",
        "full flows/s",
        "by Kamailio",
        "µs each",
    ]
    head.append("core used")
    yield from _table(head, rows)
    yield "µs each: processor time of all processes of the server by the flows they answered.\n"
    yield "Each round (refreshes/s; full flows/s):\n"
    for name in servers:
        rounds = ["; ".join(f"{rate:,.0f}" for rate in found[name][s]) for s in ("refresh", "full")]
        yield f"- {NAMES[name]}: {rounds[0]} / {rounds[1]}"
        if found[name]["catch_up"]:
            after = ", ".join(f"{each:.0f}" for each in found[name]["catch_up"])
            yield f"  - at rest {after} s after the load (the database follows the journal)"
        if found[name].get("memos"):
            memos = found[name]["memos"].items()
            yield "  - memo hits: " + ", ".join(f"{memo} {share:.0%}" for memo, share in memos)
    yield ""


def _generator(found: Findings) -> Iterator[str]:
    yield "## The generator against a bare reflector in C\n"
    refresh, full = median_of(found["refresh"]), median_of(found["full"])
    yield f"{refresh:,.0f} refreshes/s and {full:,.0f} full flows/s in a closed loop.\n"
    rows = [[key, *_milliseconds(found[key])] for key in ("lag", "latency")]
    yield from _table(["open loop, 10,000/s; ms", *PERCENTILES], rows)


def _latency(found: Findings) -> Iterator[str]:
    yield "## Latency at half of the highest rate, open loop, ms\n"
    servers = [(name, found[name]) for name in NAMES if name in found]
    rows = [
        [
            NAMES[name],
            f"{own['median_offered']:,.0f}",
            *_milliseconds(own["median"]),
            f"{own['median_lag']['p99'] / 1000:.2f}",
        ]
        for name, own in servers
    ]
    yield from _table(["server", "offered/s", *PERCENTILES, "lag p99"], rows)


def _size(found: Findings) -> Iterator[str]:
    yield "## What size costs\n"
    yield "PSS of all processes after three refresh rounds, less the same server provisioned"
    yield "and empty. Rates in turn, both servers up.\n"
    rows = []
    for name in (name for name in NAMES if name in found):
        own = found[name]
        rows += [
            [
                NAMES[name],
                f"{int(phones):,}",
                f"{own[phones]['empty'] / 2**20:.1f}",
                f"{own[phones]['full'] / 2**20:.1f}",
                f"{own[phones]['bytes']:,.0f}",
                f"{median_of(own['rates'][phones]):,.0f}",
            ]
            for phones in own["rates"]
        ]
    head = ["server", "phones", "empty, MiB", "full, MiB", "bytes per binding", "refreshes/s"]
    yield from _table(head, rows)
    for name in (name for name in NAMES if name in found):
        few, many = sorted(found[name]["rates"], key=int)
        grown = [found[name][size]["full"] - found[name][size]["empty"] for size in (few, many)]
        further = (grown[1] - grown[0]) / (int(many) - int(few))
        yield f"- {NAMES[name]}: each binding between the two sizes costs {further:,.0f} bytes"
    yield ""


def _restart(found: Findings) -> Iterator[str]:
    yield f"## Restart with {found['bindings']:,} bindings\n"
    yield "On all cores, since nobody loads the server meanwhile. Seconds from the command.\n"
    rows = [
        [
            restart["how"],
            f"{restart['ready']:.2f}",
            f"{restart['recovered']:.2f}",
            f"{restart['kept']:,}",
        ]
        for restart in found["restarts"]
    ]
    yield from _table(["before", "ready, s", "all recovered, s", "bindings found by fetch"], rows)


def _sources(found: Findings) -> Iterator[str]:
    yield f"## Default limits, {found['sources']:,} source addresses, durable\n"
    refresh, full = median_of(found["refresh"]), median_of(found["full"])
    yield f"{refresh:,.0f} refreshes/s and {full:,.0f} full flows/s.\n"


def _export(found: Findings) -> Iterator[str]:
    yield "## While rows are exported, open loop at half of the highest rate, ms\n"
    row = [f"{found['offered']:,.0f}", *_milliseconds(found["latency"])]
    took = ", ".join(f"{each:.1f}" for each in found["exports"])
    yield from _table(
        ["offered/s", *PERCENTILES, "lag p99"], [[*row, f"{found['lag']['p99'] / 1000:.2f}"]]
    )
    count, rows = len(found["exports"]), found["rows"]
    yield f"{count} exports of {rows:,} rows, one after the other: {took} s each.\n"


SECTIONS = {
    "rates": _rates,
    "generator": _generator,
    "latency": _latency,
    "size": _size,
    "restart": _restart,
    "sources": _sources,
    "export": _export,
}


def _lines(parts: Mapping[str, Findings]) -> Iterator[str]:
    yield "# Measured side by side\n"
    machine = {name: text for name, text in parts["machine"].items() if name != "when"}
    command = machine.pop("Command")
    yield "Written by `bench/run.py` from `results.json`; do not edit. Repeat it with"
    yield f"`make bench`. What was run last: `{command}`.\n"
    yield "## Targets\n"
    judged = verdicts(parts)
    rows = [
        ["met" if verdict.met else "**not met**", verdict.target, verdict.found]
        for verdict in judged
    ]
    yield from _table(["", "target", "found"], rows)
    for part, section in SECTIONS.items():
        if part in parts:
            yield from section(parts[part])
    yield "## How it is measured\n"
    yield METHOD
    yield "## Where\n"
    yield from _table(["", ""], [[*pair] for pair in machine.items()])
    times = ", ".join(f"{part} {found['when']}" for part, found in sorted(parts.items()))
    yield f"Measured (UTC): {times}."


def render(parts: Mapping[str, Findings]) -> str:
    """Give the whole of RESULTS.md."""
    return "\n".join(_lines(parts)) + "\n"
