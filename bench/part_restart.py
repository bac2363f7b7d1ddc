"""How soon is everything back? 200,000 bindings, all processes killed, started again.

Here the server may use every core: nobody loads it meanwhile, and nothing is compared.
"""

from __future__ import annotations

import time

from machine import ALL_CORES
from peer_rollcall import Rollcall
from setting import MANY_PHONES, Findings, Setting

# The gauge of the records the SIP process holds in memory; each phone here has one.
RECOVERED = "rollcall_aors"
LONGEST_WAIT = 120.0


def _records(server: Rollcall) -> float:
    return next((value for name, value in server.metrics() if name == RECOVERED), 0.0)


def measure(setting: Setting) -> Findings:
    """Give for each restart: seconds to ready, to all recovered, and what a fetch of each finds."""
    found: Findings = {"bindings": MANY_PHONES, "restarts": []}
    server = Rollcall(setting.work, setting.rollcall)
    fleet = setting.fleet(server, MANY_PHONES)
    server.start(MANY_PHONES)
    try:
        setting.say(f"{MANY_PHONES:,} phones register")
        fleet.once("full")
        for how in ("killed", "stopped"):
            if how == "killed":
                server.crash()
            else:
                server.stop()
            began = time.monotonic()
            ready = server.start_again(ALL_CORES)
            while _records(server) < MANY_PHONES and time.monotonic() - began < LONGEST_WAIT:
                time.sleep(0.05)
            recovered = time.monotonic() - began
            fetched = fleet.once("fetch")
            kept = fetched.flows - fetched.unlisted - fetched.lost
            restart = {"how": how, "ready": ready, "recovered": recovered, "kept": kept}
            found["restarts"].append(restart)
            setting.say(f"{restart}")
    finally:
        server.stop()
    return found
