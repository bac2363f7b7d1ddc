"""What the figures were measured on: processor, kernel, versions, and how fast the disk flushes."""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1
ALL_CORES = f"0-{(os.cpu_count() or 1) - 1}"


# Linux shares the processor out between sessions first (autogroup), so `nice` alone would not
# help against what else runs on the machine. The same for servers and generator. Whoever shares
# the machine with people may set it to 0.
PRIORITY = os.environ.get("BENCH_PRIORITY", "-15")


def pinned(cores: int | str, *command: str) -> list[str]:
    """Give a command line that runs on these cores only, in `taskset`'s words: 0, "0-3"."""
    return ["taskset", "--cpu-list", str(cores), *command]


def prefer(session_leader: int) -> None:
    """Put a process and its descendants ahead of what else wants the processor, if we may."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{session_leader}/autogroup").write_text(PRIORITY)
        os.setpriority(os.PRIO_PROCESS, session_leader, int(PRIORITY))


# Answers wait here until the server reads them; both peers ask for 4 MiB.
RECEIVE_BUFFER_LIMIT = Path("/proc/sys/net/core/rmem_max")


@dataclass(frozen=True, slots=True)
class FlushTime:
    """Microseconds one fdatasync after a 2 kB append takes, over `count` of them."""

    median: float
    p99: float
    largest: float
    count: int


def flush_time(directory: Path, count: int = 1000) -> FlushTime:
    """Measure fdatasync in `directory` by appending 2 kB at a time, about one journal group."""
    path = directory / "flush-probe"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    taken = []
    try:
        for _ in range(count):
            os.write(descriptor, b"x" * 2048)
            before = time.perf_counter()
            os.fdatasync(descriptor)
            taken.append((time.perf_counter() - before) * 1e6)
    finally:
        os.close(descriptor)
        path.unlink()
    taken.sort()
    return FlushTime(statistics.median(taken), taken[int(count * 0.99)], taken[-1], count)


def file_system(directory: Path) -> str:
    """Give the type of the file system that holds `directory`: "ext4", "tmpfs"..."""
    found = "unknown"
    longest = -1
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if directory.resolve().is_relative_to(point) and len(point) >= longest:
            found, longest = kind, len(point)
    return found


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "not installed"
    return (done.stdout or done.stderr).strip().split("\n")[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def describe(work: Path, rollcall: Path) -> dict[str, str]:
    """Name everything a reader needs to judge or repeat the figures."""
    flush = flush_time(work)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory",
        "Kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "rollcall": _first_line(str(rollcall), "version"),
        "Kamailio": _first_line("kamailio", "-v"),
        "PostgreSQL": _first_line("psql", "--version"),
        "Compiler": _first_line("gcc", "--version"),
        "Disk": f"{file_system(work)}; fdatasync after a 2 kB append: "
        f"median {flush.median:.0f} µs, p99 {flush.p99:.0f} µs, "
        f"longest {flush.largest:.0f} µs of {flush.count}",
        "net.core.rmem_max": RECEIVE_BUFFER_LIMIT.read_text().strip(),
        "When": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
