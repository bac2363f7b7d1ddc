"""What every part of the bench is given: where to work, how long, and whom to measure."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from load import Fleet
from peer import Peer
from peer_kamailio import Kamailio, KamailioOnPostgres
from peer_rollcall import FIRST_NUMBER, Rollcall

PHONES = 10_000
MANY_PHONES = 200_000

# What one part found, as it goes to results.json.
Findings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """Options of a run of the bench."""

    work: Path
    rollcall: Path
    rounds: int
    seconds: float
    peers: frozenset[str] = field(default=frozenset({"rollcall", "kamailio", "kamailio-db"}))

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    def fleet(self, peer: Peer, phones: int, sources: int = 1) -> Fleet:
        """Give phones that have never spoken to this peer."""
        state = self.work / f"{peer.name}-{peer.port}.state"
        state.unlink(missing_ok=True)
        # Another range of ports per peer, so that no late answer reaches another fleet.
        from_port = ("--from-port", str(40000 + peer.port % 1000 * 10))
        return Fleet(peer.port, phones, state, FIRST_NUMBER, sources, from_port)

    def competitors(self) -> list[Peer]:
        """Give those whose rates are compared, in the order of their turns."""
        everyone: list[Peer] = [
            Kamailio(self.work),
            Rollcall(self.work, self.rollcall),
            Rollcall(self.work, self.rollcall, "memory"),
            KamailioOnPostgres(self.work),
        ]
        return [peer for peer in everyone if peer.name.removesuffix("-memory") in self.peers]

    @property
    def with_rollcall(self) -> bool:
        """Is rollcall measured, or only its peers?"""
        return "rollcall" in self.peers


def median_of(samples: Iterable[float]) -> float:
    """Give the median, or 0 without samples."""
    found = list(samples)
    return statistics.median(found) if found else 0.0


def medians(samples: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Give the median of each key over several rounds."""
    found = list(samples)
    return {key: median_of(each[key] for each in found) for key in (found[0] if found else {})}


class Results:
    """results.json: the findings of each part; a part run alone leaves the others standing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.parts: dict[str, Findings] = json.loads(path.read_text()) if path.exists() else {}

    def store(self, part: str, findings: Findings) -> None:
        """Replace what is known of one part."""
        self.parts[part] = {**findings, "when": time.strftime("%Y-%m-%d %H:%M", time.gmtime())}
        self._path.write_text(json.dumps(self.parts, indent=1, sort_keys=True) + "\n")
