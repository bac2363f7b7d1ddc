"""The commands of the README and the guide work as they stand there."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.device import Device, Line
from harness.documents import README, ROOT, pages_with_commands, shell_lines
from harness.patience import eventually
from harness.server import Server

VENV = Path(sys.executable).parent
ADDED = re.compile(r"phone add (?P<number>\d+) --password (?P<password>\S+)$")


def type_in(server: Server, line: str, folder: Path) -> None:
    """Run one line as a reader would; the phone it adds then registers."""
    done = subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env={**server.environment, "PATH": f"{VENV}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}\n{server.log}"
    if added := ADDED.search(line):
        address = (server.host, server.sip_port)
        with Line(Device(added["number"], added["password"], address)) as phone:
            assert phone.register().status == 200
        server.wait_for_bindings(added["number"], 1)


def test_readme(server: Server) -> None:
    lines = shell_lines(README)
    assert lines
    for line in lines:
        type_in(server, line, ROOT)


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: page.stem)
def test_guide(server: Server, folder: Path, page: Path) -> None:
    for line in shell_lines(page):
        type_in(server, line, folder)


class MakeRun(Server):
    """A server started with `make run`."""

    def command(self) -> list[str]:
        _, _, _, _, *arguments = super().command()
        return [
            *("make", "--no-print-directory", "--directory", str(ROOT), "run"),
            *(f"DATA_DIR={self.data_dir}", f"ARGS={shlex.join(arguments)}"),
        ]

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal sends SIGINT to everything that runs in it."""
        assert self.process is not None
        process, self.process = self.process, None
        os.killpg(process.pid, signal.SIGINT)
        process.wait(10)


@pytest.fixture
def made(folder: Path) -> Iterator[MakeRun]:
    """A server started with `make run`, and stopped with Ctrl-C."""
    server = MakeRun(folder)
    with server:
        yield server
        server.interrupt()


def test_make_run_leads_to_a_registered_softphone(made: MakeRun) -> None:
    """What it prints is typed in as it stands: one line adds a phone, one registers it."""
    add, register = (
        line.strip() for line in made.log.splitlines() if "1001" in line and line.startswith("  ")
    )
    subprocess.run(add, shell=True, cwd=ROOT, env=made.environment, check=True)
    with subprocess.Popen(
        [*shlex.split(register), "-f", str(made.folder / "baresip")],  # not the tester's own
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as softphone:
        try:
            (item,) = eventually(lambda: made.bound("1001"), within=15, what="baresip registered")
            assert "baresip" in item["user_agent"].lower()
        finally:
            softphone.kill()


def test_make_help_names_the_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("help", "setup", "run", "test", "lint", "bench", "soak"):
        assert f"make {target} " in done.stdout


def test_ci_runs_lint_and_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert {"make lint", "make test"} <= set(script.read_text().splitlines())
