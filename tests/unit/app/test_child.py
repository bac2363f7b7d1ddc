"""How a child begins and ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.app.child import FATAL_STATUS
from rollcall.app.configuration import load

PROGRAM = """
import signal, sys
from rollcall.app import child

def main(settings):
    if settings.console.endswith(":1"):
        raise child.FatalStartError("port 1 is occupied")
    print(settings.console, signal.getsignal(signal.SIGINT) is signal.SIG_IGN, flush=True)
    if settings.console.endswith(":3"):
        signal.pause()

child.run(main)
"""


def start(console: str, tmp_path: Path, supervisor: int) -> "subprocess.Popen[bytes]":
    settings = load({"data_dir": tmp_path, "console": console})
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"ROLLCALL_SUPERVISOR": str(supervisor)},
    )
    assert process.stdin is not None
    process.stdin.write(settings.model_dump_json().encode())
    process.stdin.close()
    process.stdin = None
    return process


def test_it_gets_the_settings_and_leaves_ctrl_c_to_the_supervisor(tmp_path: Path) -> None:
    out, _ = (child := start("127.0.0.1:2", tmp_path, os.getpid())).communicate()
    assert child.returncode == 0
    assert out == b"127.0.0.1:2 True\n"


def test_a_fatal_start_is_one_line(tmp_path: Path) -> None:
    _, err = (child := start("127.0.0.1:1", tmp_path, os.getpid())).communicate()
    assert child.returncode == FATAL_STATUS
    assert err == b"rollcall: port 1 is occupied\n"


def test_it_does_not_live_without_its_supervisor(tmp_path: Path) -> None:
    child = start("127.0.0.1:2", tmp_path, os.getppid())
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def test_it_dies_with_its_supervisor(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path, "console": "127.0.0.1:3"}).model_dump_json()
    parent = f"""
import os, subprocess, sys
environment = os.environ | {{"ROLLCALL_SUPERVISOR": str(os.getpid())}}
child = subprocess.Popen([sys.executable, "-c", {PROGRAM!r}], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, env=environment)
child.stdin.write({json.dumps(settings)}.encode())
child.stdin.close()
child.stdout.readline()
print(child.pid, flush=True)
input()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    pid = os.pidfd_open(int(process.stdout.readline()))
    process.kill()
    process.communicate()
    import select

    ended, _, _ = select.select([pid], [], [], 10)
    os.close(pid)
    assert ended


def test_it_is_started_by_the_name_of_its_module(tmp_path: Path) -> None:
    (tmp_path / "a_child.py").write_text(PROGRAM.replace("child.run(main)", ""))
    settings = load({"data_dir": tmp_path, "console": "127.0.0.1:1"})
    done = subprocess.run(
        [sys.executable, "-m", "rollcall.app.child", "a_child"],
        input=settings.model_dump_json().encode(),
        capture_output=True,
        env=os.environ | {"ROLLCALL_SUPERVISOR": str(os.getpid()), "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == FATAL_STATUS
    assert done.stderr == b"rollcall: port 1 is occupied\n"


@pytest.mark.parametrize("module", ["sip_process", "control_process"])
def test_both_processes_are_children(module: str) -> None:
    import importlib

    assert callable(importlib.import_module(f"rollcall.app.{module}").main)
