"""A disk that is full or broken: nothing is acknowledged, and all is well again by itself."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from harness.device import Answer, Device, Line
from harness.patience import eventually
from harness.phone_book import password_of
from harness.server import Server
from harness.strace import attached, failing

NUMBER = "4001"


@contextmanager
def line_of(server: Server) -> Iterator[Line]:
    """A registered device; its requests are long, so that they fill a disk soon."""
    server.rollcall("phone", "add", NUMBER, "--password", password_of(NUMBER))
    server.rollcall("param", "set", "rate_per_source", "0")
    device = Device(NUMBER, password_of(NUMBER), (server.host, server.sip_port))
    device.user_agent = "device/1.0 " + "x" * 1000
    with Line(device) as line:
        assert line.register().status == 200
        yield line


def check_refused(answer: Answer) -> None:
    """The refusal of a server whose disk fails (RFC 3261 section 10.3, step 7)."""
    assert answer.status == 500
    assert 0 < int(answer.one("retry-after")) <= 60


def lines_about_the_disk(server: Server, *words: str) -> list[str]:
    """Lines of the log with one of these words."""
    return [line for line in server.log.splitlines() if any(word in line for word in words)]


@pytest.mark.rfc("3261", "10.3", "step 7")
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("fdatasync", "EIO", "Input/output error"),
        ("pwrite64", "ENOSPC", "No space left on device"),
        ("pwrite64", "EIO", "Input/output error"),
    ],
)
def test_failing_disk(server: Server, folder: Path, call: str, error: str, words: str) -> None:
    with line_of(server) as line:
        (before,) = server.wait_for_bindings(NUMBER, 1)
        with attached(server.sip_pid, failing(call, error), folder / "injected"):
            for _ in range(5):
                check_refused(line.ask(line.device.register()))
            assert server.sip_pid, "it lives on"
        told = lines_about_the_disk(server, words)
        assert 1 <= len(told) <= 2, f"once, not for every request: {told}"
        (still,) = server.bound(NUMBER)
        assert still["cseq"] == before["cseq"], "what was not granted is not shown either"
        answer = line.register()
        assert answer.status == 200, "by itself, at the next request"
        server.wait_for_bindings(NUMBER, 1)
        server.stop()
        server.start()
        wanted = line.device.cseq
        assert shown_cseq(server, wanted) == wanted, "and what follows is durable"


def shown_cseq(server: Server, wanted: int) -> int:
    """The CSeq the operator sees for the number, once it is the one that is `wanted`."""
    shown = 0

    def as_wanted() -> bool:
        nonlocal shown
        (item,) = server.bound(NUMBER)
        shown = item["cseq"]
        return bool(shown == wanted)

    eventually(as_wanted, what=f"CSeq {wanted}")
    return shown


class Scarcity(Protocol):
    """Takes the space for files away, and gives it back."""

    words: str
    """What the operator must read in the log."""

    def begin(self) -> None:
        """Nothing more can be written."""

    def end(self) -> None:
        """There is space again."""


class FullFileSystem:
    """A file takes all the space that is left."""

    words = "No space left on device"

    def __init__(self, mounted: Path) -> None:
        self.filler = mounted / "filler"

    def begin(self) -> None:
        with self.filler.open("wb", buffering=0) as file:
            for block in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError:
                    continue

    def end(self) -> None:
        self.filler.unlink()


class FileSizeLimit:
    """Without root's rights: files of the SIP process may not grow (setrlimit(2))."""

    words = "File too large"

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def begin(self) -> None:
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def end(self) -> None:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def small_file_system(folder: Path, size: int) -> Iterator[Path]:
    """A file system of `size` bytes: ext4 in a file on the disk. Needs root."""
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(mounted)], check=True)
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


@contextmanager
def server_with_little_space(folder: Path) -> Iterator[tuple[Server, Scarcity]]:
    """A running server and what makes its disk full: really, when mounting is permitted."""
    if os.geteuid() == 0:
        with (
            small_file_system(folder, 64 << 20) as mounted,
            Server(folder, data_dir=mounted / "data") as server,
        ):
            yield server, FullFileSystem(mounted)
    else:
        with Server(folder) as server:
            yield server, FileSizeLimit(server.sip_pid)


def first_refusal(line: Line, tries: int) -> Answer:
    """The first answer that is not a 200: space set aside before is used up first."""
    for _ in range(tries):
        answer = line.ask(line.device.register())
        if answer.status != 200:
            return answer
    raise AssertionError(f"{tries} requests granted on a full disk")


def test_full_disk(folder: Path) -> None:
    with server_with_little_space(folder) as (server, scarcity), line_of(server) as line:
        scarcity.begin()
        check_refused(first_refusal(line, 20_000))
        assert lines_about_the_disk(server, scarcity.words)
        scarcity.end()
        assert line.register().status == 200, "by itself, once there is space"
        wanted = line.device.cseq
        server.stop()
        server.start()
        assert shown_cseq(server, wanted) == wanted
