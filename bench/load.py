"""The load generator from Python: built when its source changed, run on its own core."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from machine import LOAD_CORE, pinned, prefer

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "generator"
BINARY = HERE / "build" / "generator"

# In flight in a closed loop. Enough that a durable server can fill its groups, and little enough
# (256 datagrams of 1 kB) that no receive buffer overflows.
WINDOW = 256


def build() -> Path:
    """Compile the generator if needed and give its path."""
    sources = sorted(SOURCE.glob("*.[ch]"))
    newest = max(source.stat().st_mtime for source in sources)
    if not BINARY.exists() or BINARY.stat().st_mtime < newest:
        BINARY.parent.mkdir(exist_ok=True)
        files = [str(source) for source in sources if source.suffix == ".c"]
        command = ["gcc", "-O2", "-std=gnu11", "-Wall", "-Wextra", *files, "-lm", "-o", str(BINARY)]
        subprocess.run(command, check=True)
    return BINARY


@dataclass(frozen=True, slots=True)
class Result:
    """What the generator counted. Rates in flows a second, latencies in microseconds."""

    rate: float
    flows: int
    lost: int
    refused: int
    unlisted: int
    retransmitted: int
    statuses: dict[str, int]
    latency: dict[str, float]
    lag: dict[str, float]

    @property
    def clean(self) -> bool:
        """Was every flow granted, with the phone's own Contact in the answer?"""
        return not (self.lost or self.refused or self.unlisted) and set(self.statuses) <= {
            "200",
            "401",
        }

    def troubles(self) -> str:
        """Name what was not granted, or give an empty string."""
        named = {"lost": self.lost, "refused": self.refused, "without own contact": self.unlisted}
        named |= {code: n for code, n in self.statuses.items() if code not in {"200", "401"}}
        return ", ".join(f"{count} {name}" for name, count in named.items() if count)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Some phones and where they keep their nonces between runs."""

    port: int
    count: int
    state: Path
    base: int = 1_000_000
    sources: int = 1
    extra: tuple[str, ...] = field(default=())

    def command(self, step: str, *options: str) -> list[str]:
        """Give the command line of one run."""
        return [
            *pinned(LOAD_CORE, str(BINARY), step),
            *("--port", str(self.port), "--base", str(self.base), "--count", str(self.count)),
            *("--state", str(self.state), "--sources", str(self.sources)),
            *self.extra,
            *options,
        ]

    def run(self, step: str, *options: str) -> Result:
        """Run the generator to its end."""
        with subprocess.Popen(
            self.command(step, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            prefer(running.pid)
            said, complaints = running.communicate()
        if running.returncode:
            raise RuntimeError(f"generator: {complaints.strip()}")
        return read(said)

    def once(self, step: str) -> Result:
        """Let each phone speak once, as fast as the server answers."""
        return self.run(step, "--once", "--window", str(WINDOW))

    def closed(self, step: str, seconds: float, window: int = WINDOW) -> Result:
        """Measure the highest rate: a new flow starts when one ends."""
        return self.run(step, "--window", str(window), "--seconds", str(seconds), "--warm", "1")

    def open(self, step: str, rate: float, seconds: float) -> Result:
        """Offer `rate` flows a second at random times; latency counts from the scheduled time."""
        return self.run(step, "--rate", f"{rate:.0f}", "--seconds", str(seconds), "--warm", "1")


def read(line: str) -> Result:
    """Read the generator's line of JSON."""
    said = json.loads(line)
    return Result(
        rate=said["rate"],
        flows=said["flows"],
        lost=said["lost"],
        refused=said["refused"],
        unlisted=said["unlisted"],
        retransmitted=said["retransmitted"],
        statuses=said["statuses"],
        latency=said["latency_us"],
        lag=said["lag_us"],
    )
