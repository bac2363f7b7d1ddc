"""Do the verdicts follow from the figures?"""

from __future__ import annotations

import pytest

from report import render
from setting import Findings
from targets import ratio, verdicts

LATENCY = {"p50": 400, "p90": 900, "p99": 4000, "p99.9": 9000, "max": 20000}


def _rates(name: str, refresh: list[float]) -> dict[str, Findings]:
    own = {
        "refresh": refresh,
        "full": refresh,
        "core": [1.0],
        "refresh_cost": [40.0],
        "full_cost": [60.0],
        "catch_up": [2.0],
        "troubles": [],
    }
    return {name: own}


def _parts() -> dict[str, Findings]:
    size = {"empty": 2**20, "full": 2**24, "bytes": 1000, "granted": 10}
    lag = dict.fromkeys(LATENCY, 10)
    return {
        "machine": {"Disk": "ext4", "Command": "it", "when": "now"},
        "generator": {"refresh": [90_000], "full": [1], "lag": lag, "latency": LATENCY, "when": ""},
        "rates": {
            **_rates("kamailio", [10_000, 20_000, 30_000]),
            **_rates("kamailio-db", [2_000, 2_000, 2_000]),
            **_rates("rollcall", [9_000, 14_000, 15_000]),
            **_rates("rollcall-memory", [8_000, 16_000, 24_000]),
            "when": "",
        },
        "latency": {
            "rollcall": {"median": LATENCY, "median_lag": lag, "median_offered": 7_000},
            "when": "",
        },
        "size": {
            "rollcall": {
                "rates": {"10000": [9_000], "200000": [8_500]},
                "10000": size,
                "200000": {**size, "bytes": 1201},
                "ratio": 0.94,
            },
            "when": "",
        },
        "restart": {
            "bindings": 200_000,
            "restarts": [{"how": "killed", "ready": 1.2, "recovered": 4.0, "kept": 199_999}],
            "when": "",
        },
        "sources": {"sources": 10_000, "refresh": [1], "full": [1], "troubles": [], "when": ""},
        "export": {
            "offered": 4_000,
            "latency": {**LATENCY, "p99.9": 50_001},
            "lag": lag,
            "exports": [1.0],
            "rows": 100_000,
            "troubles": "",
            "when": "",
        },
    }


def _met(parts: dict[str, Findings], words: str) -> bool:
    found = [verdict.met for verdict in verdicts(parts) if words in verdict.target]
    assert len(found) == 1, words
    return found[0]


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio(_parts()["rates"], "rollcall", "kamailio") == pytest.approx(0.7)
    assert ratio(_parts()["rates"], "rollcall", "nobody") is None


@pytest.mark.parametrize(
    ("words", "met"),
    [
        ("memory store, by Kamailio's in memory: at least 0.7", True),
        ("durable, by Kamailio's in memory: at least 0.6", True),
        ("db_mode=1: at least 2", True),
        ("Every flow of every peer", True),
        ("bare reflector", True),
        ("below 10 ms", True),
        ("at 10,000: at most 1,200", True),
        ("at 200,000: at most 1,200", False),
        ("at least 0.9", True),
        ("ready in 2 s", True),
        ("recovered in 10 s", True),
        ("none lost", False),
        ("rows are exported", False),
        ("Default limits", True),
    ],
)
def test_a_verdict_follows_from_its_figure(words: str, met: bool) -> None:
    assert _met(_parts(), words) is met


def test_an_ungranted_flow_is_named() -> None:
    parts = _parts()
    parts["rates"]["rollcall"]["troubles"] = ["refresh: 3 lost"]
    assert not _met(parts, "Every flow")
    assert "rollcall: refresh: 3 lost" in render(parts)


def test_the_report_says_what_is_not_met() -> None:
    text = render(_parts())
    assert (
        "| **not met** | Memory per binding at 200,000: at most 1,200 bytes | 1,201 bytes |" in text
    )
    assert (
        "| met | p99 at half of the highest rate, durable, open loop: below 10 ms | 4.00 ms |"
        in text
    )


def test_parts_that_were_not_measured_are_left_out() -> None:
    parts = {"machine": {"Disk": "ext4", "Command": "it", "when": "now"}}
    assert verdicts(parts) == []
    assert "Restart" not in render(parts)
