"""`rollcall serve` as a whole: what stops its start, what it opens, how commands survive."""

import contextlib
import os
import select
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
from pathlib import Path

import httpx

from harness.device import Device, Line
from harness.patience import eventually
from harness.processes import kill_and_wait
from harness.server import ADMIN_PASSWORD, Server

PASSWORD = "a password of a phone"


def failed_start(server: Server) -> str:
    """The last line of a server that must not start; its exit status is 1."""
    done = subprocess.run(
        server.command(),
        env=server.environment,
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    [said] = [line for line in done.stderr.splitlines() if line.startswith("rollcall: ")]
    return said


def test_an_occupied_sip_port_is_named(folder: Path) -> None:
    server = Server(folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((server.host, server.sip_port))
        said = failed_start(server)
    assert f"{server.host}:{server.sip_port}" in said
    assert f"process {os.getpid()}" in said
    assert "--listen" in said


def test_an_occupied_console_port_is_named(folder: Path) -> None:
    server = Server(folder)
    with socket.create_server((server.host, server.console_port)):
        said = failed_start(server)
    assert f"{server.host}:{server.console_port}" in said
    assert "--console" in said


def test_a_wrong_setting_ends_with_2(folder: Path) -> None:
    server = Server(folder, options=["--listen", "udp://nowhere:5060"])
    done = subprocess.run(
        server.command(), env=server.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("rollcall: --listen: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_data_directory_in_use_names_the_process(server: Server, folder: Path) -> None:
    second = Server(folder, data_dir=server.data_dir)
    said = failed_start(second)
    assert f"in use by process {server.pid} (rollcall serve)" in said
    assert server.ready()


def test_what_it_opens_is_for_its_owner_only(server: Server) -> None:
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    for name in ("admin.sock", "command.sock", "rollcall.db", "lock"):
        mode = stat.S_IMODE((server.data_dir / name).stat().st_mode)
        assert mode == 0o600, f"{name} is {mode:o}"
    with httpx.Client(base_url=f"http://{server.host}:{server.console_port}") as outside:
        assert outside.get("/health/live").status_code == 200
        assert b"rollcall_ready 1.0" in outside.get("/metrics").content
        assert outside.get("/api/v1/phones").status_code == 401


def test_secrets_stay_out_of_the_log(server: Server) -> None:
    server.rollcall("phone", "add", "1001", "--password", PASSWORD)
    server.stop()
    assert ADMIN_PASSWORD not in server.log
    assert PASSWORD not in server.log


def test_ctrl_c_stops_it_cleanly(server: Server) -> None:
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGINT)  # a terminal tells the whole group
    assert server.process.wait(6) == 0
    assert not (server.data_dir / "admin.sock").exists()
    assert not (server.data_dir / "command.sock").exists()


def test_changes_under_way_are_finished_at_the_end(server: Server) -> None:
    server.rollcall("phone", "add", "1001", "--password", PASSWORD)
    body = b'{"filter": {"phone": ["1001"]}, "block_seconds": 60}'
    request = (
        b"POST /api/v1/registrations/kick HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    database = sqlite3.connect(server.data_dir / "rollcall.db", isolation_level=None)
    with contextlib.closing(database), socket.socket(socket.AF_UNIX) as line:
        database.execute("BEGIN IMMEDIATE")  # now listings cannot show the change
        line.connect(str(server.data_dir / "admin.sock"))
        line.sendall(request)
        eventually(lambda: groups_behind(server), what="the kick")
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: not listens(server.data_dir / "admin.sock"), what="the end to begin")
        database.execute("ROLLBACK")
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")
    server.stop()
    for sign in ("listings are late", "graceful shutdown exceeded", "long work", "killing it"):
        assert sign not in server.log


def groups_behind(server: Server) -> bool:
    answer = httpx.get(f"http://{server.host}:{server.console_port}/health/ready")
    return int(answer.json()["groups_behind"]) > 0


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def test_a_killed_server_leaves_nothing_running(server: Server) -> None:
    assert server.process is not None
    family = [os.pidfd_open(pid) for pid in (server.sip_pid, server.control_pid)]
    server.process.kill()
    server.process.wait()
    for child in family:
        ended, _, _ = select.select([child], [], [], 5)
        assert ended, "a child outlives its supervisor"
        os.close(child)
    server.start()
    assert server.ready()


def test_a_change_made_while_the_sip_process_is_dead_takes_effect_when_it_is_back(
    server: Server,
) -> None:
    server.rollcall("phone", "add", "1001", "--password", PASSWORD)
    with Line(Device("1001", PASSWORD, (server.host, server.sip_port))) as line:
        assert line.register().status == 200
        server.wait_for_bindings("1001", 1)
        os.kill(server.sip_pid, signal.SIGSTOP)
        dead = server.sip_pid
        with server.api() as api:
            answer = api.patch("/phones/1001", json={"enabled": False})
        assert answer.status_code == 200
        kill_and_wait(dead)
        server.wait_for_bindings("1001", 0)
        assert line.register().status == 403


def test_listings_go_on_and_a_kick_says_why_not(server: Server) -> None:
    server.rollcall("phone", "add", "1001", "--password", PASSWORD)
    with Line(Device("1001", PASSWORD, (server.host, server.sip_port))) as line:
        assert line.register().status == 200
        server.wait_for_bindings("1001", 1)
        os.kill(server.sip_pid, signal.SIGSTOP)
        done = server.run("unregister", "1001")
        os.kill(server.sip_pid, signal.SIGCONT)
        assert done.returncode == 1
        assert "the SIP process did not answer" in done.stderr
        assert len(server.bound("1001")) in (0, 1), "it may have been done after all"


def test_the_two_lines_it_prints_add_and_register_a_first_phone(folder: Path) -> None:
    with Server(folder) as server:
        # Before anything is typed: the environment of a newcomer names no data directory.
        environment = {k: v for k, v in server.environment.items() if k != "ROLLCALL_DATA_DIR"}
        server.stop()
        del server.environment["ROLLCALL_DATA_DIR"]
        server.start()
        add, register = [
            line.strip() for line in server.log.splitlines() if " 1001" in line or ":1001" in line
        ][-2:]
        subprocess.run(shlex.split(add), env=environment, cwd=folder, check=True, timeout=60)
        softphone = subprocess.Popen(
            [*shlex.split(register), "-f", str(folder / "baresip")],  # not into our home
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            [item] = server.wait_for_bindings("1001", 1)
        finally:
            softphone.terminate()
            softphone.communicate()
        assert item["user_agent"].startswith("baresip")
