"""Runs SIPp, the field's scenario player, with the scenarios of `tests/interop/sipp`."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.phone_book import password_of
from harness.server import Server

SCENARIOS = Path(__file__).resolve().parent.parent / "interop" / "sipp"
TRANSPORT_OPTIONS = {"udp": "u1", "tcp": "t1"}
LIMIT = 15
"""Seconds for one scenario, which takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one scenario."""

    status: int
    """0: every message was as the scenario wants it."""
    messages: str
    """All that was sent and received."""
    faults: str


def play(
    server: Server,
    scenario: str,
    *,
    number: str,
    transport: str = "udp",
    contact: str = "",
    expires: int = 300,
    password: str | None = None,
    call_id: str | None = None,
    first_cseq: int = 1,
    source_port: int | None = None,
) -> Played:
    """Play `scenario` once as the phone `number`; `contact` is a URI without brackets.

    Scenarios with two contacts have the other one on port 40001.
    """
    faults = server.folder / f"{scenario}-faults.log"
    messages = server.folder / f"{scenario}-messages.log"
    for log in (faults, messages):
        log.unlink(missing_ok=True)
    words = [
        *("sipp", f"{server.host}:{server.sip_port}"),
        *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-m", "1", "-nostdin"),
        *("-i", "127.0.0.1", "-t", TRANSPORT_OPTIONS[transport]),
        *("-s", number, "-au", number, "-ap", password or password_of(number)),
        *("-key", "contact", contact or f"sip:{number}@127.0.0.1:40000"),
        *("-key", "second", f"sip:{number}@127.0.0.1:40001"),
        *("-key", "expires", str(expires), "-base_cseq", str(first_cseq)),
        *("-timeout", f"{LIMIT}s", "-timeout_error"),
        *("-trace_err", "-error_file", str(faults)),
        *("-trace_msg", "-message_file", str(messages)),
    ]
    if source_port is not None:
        words += ["-p", str(source_port)]
    if call_id is not None:
        words += ["-cid_str", call_id]
    done = subprocess.run(
        words,
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT + 5,
        check=False,
    )
    return Played(
        done.returncode,
        messages.read_text(errors="replace") if messages.exists() else done.stdout,
        faults.read_text(errors="replace") if faults.exists() else done.stderr,
    )
