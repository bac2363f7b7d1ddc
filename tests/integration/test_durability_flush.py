"""A 200 leaves only after the fdatasync that covers it: seen in the system calls themselves.

`kill -9` alone could not show it, because the page cache survives it.
"""

import random
from pathlib import Path

from harness.device import Device, Line
from harness.phone_book import password_of, provision
from harness.server import Server
from harness.strace import TRACE_OPTIONS, Answered, attached, flush_faults

PHONES = [str(number) for number in range(2001, 2011)]
REFRESHES = 5

# A CSeq whose four bytes do not turn up in the journal by chance.
FIRST_CSEQ = 0x2A000000


def register_all(server: Server) -> list[Answered]:
    """Every phone registers and refreshes; what was granted."""
    granted: list[Answered] = []
    chance = random.Random(20)
    for number in PHONES:
        device = Device(number, password_of(number), (server.host, server.sip_port))
        device.cseq = FIRST_CSEQ + chance.randrange(0x00FFFFF0)
        with Line(device) as line:
            for _ in range(1 + REFRESHES):
                answer = line.register()
                assert answer.status == 200, answer
                granted.append(Answered(device.call_id, device.cseq))
    return granted


def faults_under_trace(server: Server, folder: Path) -> list[str]:
    provision(server, PHONES)
    trace = folder / "trace"
    with attached(server.sip_pid, TRACE_OPTIONS, trace):
        granted = register_all(server)
        # An answer arrives before strace has written down the call that sent it. When this one
        # has arrived, the ones before it are in the trace.
        with Line(Device(PHONES[0], "", (server.host, server.sip_port))) as line:
            assert line.ask(line.device.register()).status == 401
    return flush_faults(trace, server.data_dir / "journal", granted)


def test_every_200_leaves_after_its_flush(server: Server, folder: Path) -> None:
    assert faults_under_trace(server, folder) == []


def test_the_check_can_fail(folder: Path) -> None:
    """The same check finds a server out that does not flush."""
    with Server(folder, environment={"ROLLCALL_SYNCHRONOUS": "off"}) as server:
        faults = faults_under_trace(server, folder)
    early = [fault for fault in faults if "before it was flushed" in fault]
    assert len(early) == len(PHONES) * (1 + REFRESHES)
