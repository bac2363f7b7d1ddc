"""Watching and disturbing the system calls of a running server, with strace.

`flush_faults` is the proof of "200 means durable": it walks a trace in the order in which
the kernel saw the calls and names every 200 that left before the fdatasync that covers it.
"""

import os
import re
import select
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from harness.patience import eventually

WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2")
SYNCS = ("fdatasync", "fsync")
SENDS = ("sendto", "sendmsg", "sendmmsg")
STRING_LIMIT = 262_144
"""Bytes of one write that are shown: more than a group of any test here."""


class Call(NamedTuple):
    """One half of a system call, in the order in which the kernel saw it."""

    thread: int
    name: str
    entered: bool
    returned: bool
    arguments: str
    result: str


_LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
_WHOLE = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>.*)$", re.DOTALL)
_UNFINISHED = re.compile(
    r"^(?P<name>\w+)\((?P<arguments>.*) <(?:unfinished|detached) \.\.\.>$", re.DOTALL
)
_RESUMED = re.compile(
    r"^<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)\) += (?P<result>.*)$", re.DOTALL
)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FILE = re.compile(r"^\d+<(?P<path>[^>]*)>")


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """Entries and returns of the calls in a trace made with `-f -xx`."""
    for line in lines:
        matched = _LINE.match(line.rstrip("\n"))
        if matched is None:
            continue
        thread, rest = int(matched["thread"]), matched["rest"]
        if whole := _WHOLE.match(rest):
            yield Call(thread, whole["name"], True, True, whole["arguments"], whole["result"])
        elif begun := _UNFINISHED.match(rest):
            yield Call(thread, begun["name"], True, False, begun["arguments"], "")
        elif ended := _RESUMED.match(rest):
            yield Call(thread, ended["name"], False, True, ended["arguments"], ended["result"])


def strings(arguments: str) -> bytes:
    """All strings among the arguments, joined."""
    return b"".join(bytes.fromhex(text.replace("\\x", "")) for text in _STRING.findall(arguments))


def file_of(arguments: str) -> str:
    """Path behind the first argument, as `-y` shows it (hexadecimal under `-xx`)."""
    matched = _FILE.match(arguments)
    if matched is None:
        return ""
    path = matched["path"]
    return strings(f'"{path}"').decode() if path.startswith("\\x") else path


class Answered(NamedTuple):
    """What makes one granted REGISTER recognisable in the journal and in its answer."""

    call_id: str
    cseq: int


@dataclass(slots=True)
class FlushCheck:
    """Walks the calls; knows of each request whether it is written and whether it is safe."""

    journal: str
    """Folder of the journal; only what is written below it counts."""
    expected: dict[str, list[Answered]]
    """Requests by Call-ID."""
    written: dict[str, set[Answered]] = field(default_factory=dict)
    """By file: written since its last flush began."""
    flushing: dict[int, tuple[str, set[Answered]]] = field(default_factory=dict)
    """By thread: the file, and what was written when its flush began."""
    durable: set[Answered] = field(default_factory=set)
    answered: set[Answered] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def take(self, call: Call) -> None:
        """Go on by one call."""
        if call.name in WRITES and call.entered:
            self._write(call)
        elif call.name in SYNCS:
            self._sync(call)
        elif call.name in SENDS and call.entered:
            self._send(strings(call.arguments))

    def _write(self, call: Call) -> None:
        path = file_of(call.arguments)
        if not path.startswith(self.journal):
            return
        data = strings(call.arguments)
        for call_id, requests in self.expected.items():
            if call_id.encode() in data:
                # CSeq is a large number in these tests; MessagePack writes it big-endian.
                found = {r for r in requests if r.cseq.to_bytes(4, "big") in data}
                self.written.setdefault(path, set()).update(found)

    def _sync(self, call: Call) -> None:
        if call.entered:
            path = file_of(call.arguments)
            self.flushing[call.thread] = (path, set(self.written.get(path, ())))
        if call.returned:
            path, covered = self.flushing.pop(call.thread)
            if call.result.startswith("0"):
                self.durable |= covered
                self.written.get(path, set()).difference_update(covered)

    def _send(self, data: bytes) -> None:
        for text in data.decode("utf-8", "replace").split("SIP/2.0 200")[1:]:
            call_id = re.search(r"^Call-ID: *(\S+)", text, re.MULTILINE | re.IGNORECASE)
            cseq = re.search(r"^CSeq: *(\d+)", text, re.MULTILINE | re.IGNORECASE)
            if call_id is None or cseq is None:
                continue
            request = Answered(call_id[1], int(cseq[1]))
            if request not in self.expected.get(request.call_id, ()):
                continue
            self.answered.add(request)
            if request not in self.durable:
                self.faults.append(f"200 for {request} left before it was flushed")


def flush_faults(trace: Path, journal: Path, requests: Sequence[Answered]) -> list[str]:
    """Every 200 of `trace` that left too early, in words.

    A request whose 200 is not in the trace at all is a fault too: nothing was proved.
    """
    expected: dict[str, list[Answered]] = {}
    for request in requests:
        expected.setdefault(request.call_id, []).append(request)
    check = FlushCheck(str(journal), expected)
    with trace.open(errors="replace") as lines:
        for call in calls(lines):
            check.take(call)
    lost = [f"no 200 for {request} in the trace" for request in set(requests) - check.answered]
    return check.faults + lost


@contextmanager
def attached(pid: int, options: Sequence[str], output: Path) -> Iterator[None]:
    """Strace on every thread of `pid` for as long as the block runs.

    Raises AssertionError when it cannot attach, with its reason.
    """
    words = ["strace", "--follow-forks", "--attach", str(pid), "--output", str(output), *options]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as strace:
        assert strace.stderr is not None
        # It says "Process N attached" once it holds the first thread; the others follow.
        said = _first_line(strace.stderr.fileno())
        assert "attached" in said, f"strace: {said}"
        eventually(lambda: _all_traced(pid), what=f"strace on all threads of {pid}")
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)  # lets go of the process, which goes on
            strace.communicate(timeout=10)


def _first_line(descriptor: int) -> str:
    ready, _, _ = select.select([descriptor], [], [], 10)
    return os.read(descriptor, 4096).decode() if ready else "said nothing for 10 s"


def _all_traced(pid: int) -> bool:
    """Whether every thread has a tracer (proc(5), TracerPid)."""
    states = [(t / "status").read_text() for t in Path(f"/proc/{pid}/task").iterdir()]
    return all("TracerPid:\t0\n" not in state for state in states)


TRACE_OPTIONS = (
    "--trace=" + ",".join((*WRITES, *SYNCS, *SENDS)),
    "--strings-in-hex=all",
    f"--string-limit={STRING_LIMIT}",
    "--decode-fds=path",
    "--signal=none",
)
"""What `flush_faults` needs to see."""


def failing(call: str, error: str) -> tuple[str, ...]:
    """Options that make every `call` return `error` instead of being carried out."""
    return (f"--trace={call}", f"--inject={call}:error={error}", "--signal=none")
