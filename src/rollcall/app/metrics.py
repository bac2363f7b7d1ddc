"""What is countable, in Prometheus' text format.

The SIP process counts; its `status` carries flat numbers by name. Names that begin with an
entry of `FAMILIES` become one metric with a label. Numbers are counters, for ever rising,
unless named in `GAUGES`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

FAMILIES = {
    "answers_": ("answers", "status", "Answers sent, by SIP status"),
    "refused_": ("refusals", "reason", "Requests refused, by named reason"),
    "memo_hits_": ("memo_hits", "memo", "Header values that were known already"),
    "memo_misses_": ("memo_misses", "memo", "Header values that had to be decoded"),
}

GAUGES = frozenset(
    {
        "largest_group",
        "messages_parked",
        "phones_cached",
        "sources",
        "transport_tcp_connections",
    }
)
"""Numbers that also fall."""


class _Collector:
    """Gives the metrics of one status."""

    def __init__(self, status: Mapping[str, Any], behind: int) -> None:
        self._status = status
        self._behind = behind

    def collect(self) -> Iterable[Metric]:
        status = self._status
        yield GaugeMetricFamily(
            "rollcall_ready",
            "1 when every listener answers and any AOR can be answered",
            value=float(bool(status.get("ready"))),
        )
        for name, text in (("aors", "Addresses something is known of"), ("bindings", "Bindings")):
            if name in status:
                yield GaugeMetricFamily(f"rollcall_{name}", text, value=float(status[name]))
        yield GaugeMetricFamily(
            "rollcall_groups_behind",
            "Journal groups that listings do not show yet",
            value=float(self._behind),
        )
        counters = status.get("counters")
        if isinstance(counters, Mapping):
            yield from _families({str(name): float(value) for name, value in counters.items()})


def render(status: Mapping[str, Any], behind: int) -> bytes:
    """The text for one status of the SIP process (empty: it is not there)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(status, behind))
    return generate_latest(registry)


def _families(counters: Mapping[str, float]) -> Iterable[Metric]:
    labelled: dict[str, CounterMetricFamily] = {}
    for raw, number in sorted(counters.items()):
        name = _memo_name(raw)
        prefix = next((prefix for prefix in FAMILIES if name.startswith(prefix)), "")
        if prefix:
            family, label, text = FAMILIES[prefix]
            if family not in labelled:
                labelled[family] = CounterMetricFamily(f"rollcall_{family}", text, labels=[label])
            labelled[family].add_metric([name.removeprefix(prefix)], number)
        elif name in GAUGES:
            yield GaugeMetricFamily(f"rollcall_{name}", _text(name), value=number)
        else:
            yield CounterMetricFamily(f"rollcall_{name}", _text(name), value=number)
    yield from labelled.values()


def _memo_name(name: str) -> str:
    """`memo_hits_contact` for `memo_contact_hits`: what is counted first, of what last."""
    for kind in ("hits", "misses"):
        if name.startswith("memo_") and name.endswith(f"_{kind}"):
            return f"memo_{kind}_{name.removeprefix('memo_').removesuffix(f'_{kind}')}"
    return name


def _text(name: str) -> str:
    return name.replace("_", " ").capitalize()
