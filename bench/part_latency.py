"""How long does an answer take at half of the highest rate? Open loop, from the scheduled time."""

from __future__ import annotations

from peer import Peer
from peer_kamailio import Kamailio
from peer_rollcall import Rollcall
from setting import PHONES, Findings, Setting, median_of, medians


def _peers(setting: Setting) -> list[Peer]:
    everyone: list[Peer] = [
        Kamailio(setting.work),
        Rollcall(setting.work, setting.rollcall),
    ]
    return [peer for peer in everyone if peer.name in setting.peers]


def measure(setting: Setting) -> Findings:
    """Give for each peer the offered rate, the percentiles and how late the generator was."""
    peers = _peers(setting)
    found: Findings = {
        peer.name: {"offered": [], "latency": [], "lag": [], "troubles": []} for peer in peers
    }
    for round_number in range(setting.rounds):
        for peer in peers:
            own = found[peer.name]
            fleet = setting.fleet(peer, PHONES)
            peer.start(PHONES)
            try:
                fleet.once("full")
                half = fleet.closed("refresh", setting.seconds).rate / 2
                result = fleet.open("refresh", half, 2 * setting.seconds)
                own["offered"].append(half)
                own["latency"].append(result.latency)
                own["lag"].append(result.lag)
                if not result.clean:
                    own["troubles"].append(result.troubles())
                setting.say(f"round {round_number + 1} {peer.name}: {half:,.0f}/s {result.latency}")
            finally:
                peer.stop()
    for own in found.values():
        own["median"] = medians(own["latency"])
        own["median_lag"] = medians(own["lag"])
        own["median_offered"] = median_of(own["offered"])
    return found
