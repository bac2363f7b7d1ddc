"""Measure rollcall beside its peers and write RESULTS.md. `bench/run.py --help` says how."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import load
import machine
import part_export
import part_generator
import part_latency
import part_rates
import part_restart
import part_size
import part_sources
from report import render
from setting import Findings, Results, Setting

HERE = Path(__file__).resolve().parent
# Survives a restart of the machine and is on a real disk by custom; durable figures need one.
WORK = Path("/var/tmp/rollcall-bench")

PARTS: dict[str, Callable[[Setting], Findings]] = {
    "generator": part_generator.measure,
    "rates": part_rates.measure,
    "latency": part_latency.measure,
    "size": part_size.measure,
    "sources": part_sources.measure,
    "export": part_export.measure,
    "restart": part_restart.measure,
}
NEED_ROLLCALL = {"sources", "export", "restart"}
PEERS = ("rollcall", "kamailio", "kamailio-db")


def _options() -> argparse.Namespace:
    beside = Path(sys.executable).parent / "rollcall"
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; may be repeated")
    parser.add_argument("--peer", choices=PEERS, action="append", help="only these servers")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each peer (3)")
    parser.add_argument("--seconds", type=float, default=5, help="counted in each turn (5)")
    parser.add_argument("--rollcall", type=Path, default=beside, help="the command to measure")
    parser.add_argument("--work", type=Path, default=WORK, help=f"on a real disk ({WORK})")
    parser.add_argument("--results", type=Path, default=HERE, help="where RESULTS.md goes")
    parser.add_argument("--keep", action="store_true", help="keep the provisioned databases")
    parser.add_argument("--report", action="store_true", help="measure nothing; write RESULTS.md")
    return parser.parse_args()


def _unmet(options: argparse.Namespace, peers: frozenset[str]) -> list[str]:
    """Name what stands in the way of honest figures here."""
    found = []
    if (os.cpu_count() or 1) < 2:
        found.append("two cores are needed: one for the server, one for the generator")
    needed = {"gcc": "gcc libc6-dev", "taskset": "util-linux"}
    if peers & {"kamailio", "kamailio-db"}:
        needed["kamailio"] = "kamailio"
    if "kamailio-db" in peers:
        needed["psql"] = "postgresql kamailio-postgres-modules"
        if os.geteuid() != 0:
            found.append("PostgreSQL is run as the user postgres, which only root can start")
    packages = [package for program, package in needed.items() if not shutil.which(program)]
    if packages:
        found.append(f"install what is missing: apt-get install {' '.join(packages)}")
    if "rollcall" in peers and not options.rollcall.exists():
        found.append(f"no rollcall at {options.rollcall}")
    if machine.file_system(options.work) == "tmpfs":
        found.append(f"{options.work} is in memory (tmpfs): durable figures need --work on a disk")
    return found


def main() -> int:
    """Measure, print the report, write it."""
    options = _options()
    peers = frozenset(options.peer or PEERS)
    results = Results(options.results / "results.json")
    output = options.results / "RESULTS.md"
    command = " ".join(["python bench/run.py", *sys.argv[1:]])
    if not options.report:
        options.work.mkdir(parents=True, exist_ok=True)
        options.work.chmod(0o755)  # the user postgres must get through
        unmet = _unmet(options, peers)
        if unmet:
            print("\n".join(unmet), file=sys.stderr)
            return 1
        load.build()
        setting = Setting(options.work, options.rollcall, options.rounds, options.seconds, peers)
        described = machine.describe(options.work, options.rollcall)
        results.store("machine", {**described, "Command": command})
        print(f"Disk: {results.parts['machine']['Disk']}")
        for part in options.only or PARTS:
            if part in NEED_ROLLCALL and not setting.with_rollcall:
                continue
            setting.say(f"--- {part}")
            results.store(part, PARTS[part](setting))
            output.write_text(render(results.parts))
        if not options.keep:
            shutil.rmtree(options.work)
    output.write_text(render(results.parts))
    print(output.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
