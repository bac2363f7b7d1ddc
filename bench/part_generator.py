"""Is the generator ahead of every server? Its rate against a bare reflector in C."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import load
from machine import SERVER_CORE, pinned, prefer
from setting import Findings, Setting, medians

PORT = 5060


class Reflector:
    """The answering machine, on the server's core."""

    def __init__(self, port: int, *options: str) -> None:
        self.counts: dict[str, int] = {}
        self._process = subprocess.Popen(
            [
                *pinned(SERVER_CORE, str(load.build()), "reflect"),
                *("--port", str(port), *options),
            ],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        prefer(self._process.pid)
        needle = f"0100007F:{port:04X} "
        deadline = time.monotonic() + 5
        while needle not in Path("/proc/net/udp").read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the reflector does not start")
            time.sleep(0.01)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        said, _ = self._process.communicate(timeout=5)
        self.counts = json.loads(said)


def measure(setting: Setting) -> Findings:
    """Give the rates of refreshes and full flows, and the lag of an open loop."""
    state = setting.work / "reflector.state"
    state.unlink(missing_ok=True)
    fleet = load.Fleet(PORT, 10_000, state)
    refresh, full, lag, latency = [], [], [], []
    with Reflector(PORT):
        fleet.once("full")
        for _ in range(setting.rounds):
            refresh.append(fleet.closed("refresh", setting.seconds).rate)
            full.append(fleet.closed("full", setting.seconds).rate)
            opened = fleet.open("refresh", 10_000, setting.seconds)
            lag.append(opened.lag)
            latency.append(opened.latency)
    return {
        "refresh": refresh,
        "full": full,
        "lag": medians(lag),
        "latency": medians(latency),
    }
