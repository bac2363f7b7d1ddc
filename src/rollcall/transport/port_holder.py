"""Which program holds a port: for the one message that every operator sees some day.

Read from /proc/net and /proc/PID/fd; best effort, since only root sees other users' programs.
"""

import os
from pathlib import Path

_LISTENING = {"udp": "07", "tcp": "0A"}  # TCP_CLOSE is what an unconnected UDP socket shows


def port_holder(transport: str, port: int, proc: Path = Path("/proc")) -> str:
    """Give `name (process 123)` of a program that holds `port`; empty when it cannot be told."""
    inodes = _inodes(transport, port, proc)
    if not inodes:
        return ""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in proc.iterdir():
        if process.name.isdecimal() and _holds(process, wanted):
            try:
                name = (process / "comm").read_text().strip()
            except OSError:
                continue
            return f"{name} (process {process.name})"
    return ""


def _inodes(transport: str, port: int, proc: Path) -> set[str]:
    inodes = set()
    for table in (transport, f"{transport}6"):
        try:
            lines = (proc / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            listening = fields[3] == _LISTENING[transport]
            if listening and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(fields[9])
    return inodes


def _holds(process: Path, wanted: set[str]) -> bool:
    try:
        names = os.listdir(process / "fd")  # noqa: PTH208  pathlib would build a path for each
    except OSError:
        return False
    for name in names:
        try:
            if os.readlink(process / "fd" / name) in wanted:  # noqa: PTH115  as above
                return True
        except OSError:
            continue
    return False
