"""With the limits as they come: 10,000 phones, each at an address of its own."""

from __future__ import annotations

from peer_rollcall import Rollcall
from setting import PHONES, Findings, Setting


def measure(setting: Setting) -> Findings:
    """Give the rate of refreshes and full flows, and what was refused (nothing should be)."""
    server = Rollcall(setting.work, setting.rollcall, limits=True)
    fleet = setting.fleet(server, PHONES, sources=PHONES)
    found: Findings = {"sources": PHONES, "refresh": [], "full": [], "troubles": []}
    server.start(PHONES)
    try:
        fleet.once("full")
        for _ in range(setting.rounds):
            for step in ("refresh", "full"):
                result = fleet.closed(step, setting.seconds)
                found[step].append(result.rate)
                if not result.clean:
                    found["troubles"].append(f"{step}: {result.troubles()}")
                setting.say(f"{step}: {result.rate:,.0f}/s {result.troubles()}")
    finally:
        server.stop()
    return found
