"""How many a second? All peers in turn, several rounds, refreshes and full challenge flows."""

from __future__ import annotations

import time

from load import Fleet, Result
from peer import Peer
from peer_rollcall import Rollcall
from setting import PHONES, Findings, Setting

STEPS = ("refresh", "full")
# Microseconds of processor time a flow: tells more than a rate when the machine is not ours alone.
COSTS = tuple(f"{step}_cost" for step in STEPS)


def _measured(peer: Peer, fleet: Fleet, step: str, seconds: float, own: Findings) -> Result:
    """Add the rate, the share of its core the peer used, and its processor time for each flow."""
    used, began = peer.cpu_seconds(), time.monotonic()
    result = fleet.closed(step, seconds)
    used, took = peer.cpu_seconds() - used, time.monotonic() - began
    own[step].append(result.rate)
    own["core"].append(round(used / took, 3))
    own[f"{step}_cost"].append(round(used / max(result.flows, 1) * 1e6, 1))
    if not result.clean:
        own["troubles"].append(f"{step}: {result.troubles()}")
    return result


def memo_rates(peer: Rollcall) -> dict[str, float]:
    """Give the share of hits of each memo the server counts at /metrics."""
    hits: dict[str, float] = {}
    misses: dict[str, float] = {}
    for name, value in peer.metrics():
        if "memo" not in name:
            continue
        label = name.partition('"')[2].partition('"')[0] or name
        if "hit" in name:
            hits[label.removesuffix("_hits")] = value
        elif "miss" in name:
            misses[label.removesuffix("_misses")] = value
    return {
        label: value / (value + misses[label])
        for label, value in hits.items()
        if label in misses and value + misses[label]
    }


def measure(setting: Setting) -> Findings:
    """Give for each peer the rates of each round, its use of the core, and what went wrong."""
    peers = setting.competitors()
    found: Findings = {
        peer.name: {name: [] for name in (*STEPS, *COSTS, "core", "catch_up", "troubles")}
        for peer in peers
    }
    for round_number in range(setting.rounds):
        for peer in peers:
            own = found[peer.name]
            fleet = setting.fleet(peer, PHONES)
            peer.start(PHONES)
            try:
                fleet.once("full")
                for step in STEPS:
                    result = _measured(peer, fleet, step, setting.seconds, own)
                    setting.say(
                        f"round {round_number + 1} {peer.name}: {step} {result.rate:,.0f}/s"
                        f" {result.troubles()}"
                    )
                if isinstance(peer, Rollcall):
                    own["catch_up"].append(round(peer.settle(), 1))
                    own["memos"] = memo_rates(peer)
            finally:
                peer.stop()
    return found
