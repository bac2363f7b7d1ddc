"""Does an export of 100,000 rows disturb the phones? Open loop at half of the highest rate."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from peer_rollcall import Rollcall
from setting import Findings, Setting

ROWS = 100_000


def measure(setting: Setting) -> Findings:
    """Give percentiles while one export follows the other, and how long an export took."""
    server = Rollcall(setting.work, setting.rollcall)
    fleet = setting.fleet(server, ROWS)
    table = setting.work / "export.csv"
    exports = []
    server.start(ROWS)
    try:
        setting.say(f"{ROWS:,} phones register")
        fleet.once("full")
        server.settle()
        half = fleet.closed("refresh", setting.seconds).rate / 2
        server.settle()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(fleet.open, "refresh", half, max(3 * setting.seconds, 10))
            while not running.done():
                began = time.monotonic()
                server.tell("registrations", "export", str(table))
                exports.append(time.monotonic() - began)
            result = running.result()
        with table.open() as file:
            rows = sum(1 for _ in file) - 1
    finally:
        server.stop()
        table.unlink(missing_ok=True)
    return {
        "offered": half,
        "latency": result.latency,
        "lag": result.lag,
        "exports": exports,
        "rows": rows,
        "troubles": result.troubles(),
    }
