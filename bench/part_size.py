"""What does size cost? Bytes per binding and the rate, at 10,000 and at 200,000."""

from __future__ import annotations

from collections.abc import Callable

from load import Fleet
from peer import Peer
from peer_kamailio import Kamailio
from peer_rollcall import Rollcall
from setting import MANY_PHONES, PHONES, Findings, Setting, median_of

REFRESH_ROUNDS = 3


def _settle(peer: Peer) -> None:
    if isinstance(peer, Rollcall):
        peer.settle()


def _filled(peer: Peer, fleet: Fleet, phones: int) -> dict[str, float]:
    """Start the peer, weigh it empty and full; the fleet is registered afterwards."""
    peer.start(phones)
    _settle(peer)
    empty = peer.memory()
    first = fleet.once("full")
    for _ in range(REFRESH_ROUNDS):
        fleet.once("refresh")
    _settle(peer)
    full = peer.memory()
    return {
        "empty": empty,
        "full": full,
        "bytes": (full - empty) / phones,
        "granted": first.statuses.get("200", 0),
    }


def _compare(setting: Setting, make: Callable[[int], Peer]) -> Findings:
    """Two servers side by side, small and large; the one that is not asked rests."""
    small, large = make(0), make(1)
    fleets = {PHONES: setting.fleet(small, PHONES), MANY_PHONES: setting.fleet(large, MANY_PHONES)}
    found: Findings = {"rates": {str(PHONES): [], str(MANY_PHONES): []}}
    try:
        for peer, phones in ((small, PHONES), (large, MANY_PHONES)):
            setting.say(f"{peer.name}: {phones:,} phones register and refresh")
            found[str(phones)] = _filled(peer, fleets[phones], phones)
            setting.say(f"{peer.name}: {found[str(phones)]['bytes']:,.0f} bytes per binding")
        for _ in range(setting.rounds):
            for phones, fleet in fleets.items():
                rate = fleet.closed("refresh", setting.seconds).rate
                found["rates"][str(phones)].append(rate)
                setting.say(f"{small.name}: {rate:,.0f}/s at {phones:,}")
    finally:
        small.stop()
        large.stop()
    few, many = (median_of(found["rates"][str(phones)]) for phones in (PHONES, MANY_PHONES))
    found["ratio"] = many / few
    return found


def measure(setting: Setting) -> Findings:
    """Give bytes per binding and rates for each peer that keeps bindings in memory."""
    found: Findings = {}
    if "kamailio" in setting.peers:
        found["kamailio"] = _compare(setting, lambda i: Kamailio(setting.work, 5090 + i))
    if setting.with_rollcall:
        found["rollcall"] = _compare(
            setting, lambda i: Rollcall(setting.work, setting.rollcall, port=5070 + i)
        )
    return found
