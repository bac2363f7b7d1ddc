"""Real softphones without a screen: baresip and linphonec, as Debian ships them."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from harness.patience import eventually
from harness.ports import free_ports
from harness.server import Server

BARESIP_MODULES = "/usr/lib/baresip/modules"
END_LIMIT = 10.0
"""Seconds a softphone may take to say goodbye and end."""


@contextmanager
def _running(
    words: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a softphone in `folder`, with its words in `softphone.log` there; killed at last."""
    log = folder / "softphone.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        except BaseException:
            print(f"log of {words[0]}:\n{log.read_text(errors='replace')}")
            raise
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


class Baresip:
    """A running baresip; commands go in over its control socket."""

    def __init__(self, process: subprocess.Popen[str], control: tuple[str, int]) -> None:
        self.process = process
        self.control = control

    def _connect(self) -> socket.socket | None:
        assert self.process.poll() is None, "baresip has ended"
        try:
            return socket.create_connection(self.control, timeout=END_LIMIT)
        except ConnectionRefusedError:
            return None

    def quit(self) -> None:
        """End it as its user would: it takes its binding back first."""
        message = json.dumps({"command": "quit", "params": "", "token": "quit"})
        connection = eventually(self._connect, what="baresip's control socket")
        with connection:
            connection.sendall(f"{len(message)}:{message},".encode())
            self.process.wait(END_LIMIT)


@contextmanager
def baresip(
    server: Server, number: str, password: str, *, transport: str, interval: int
) -> Iterator[Baresip]:
    """Baresip registering `number` every `interval` seconds from the start."""
    folder = server.folder / "baresip"
    folder.mkdir()
    sip_port, control_port = free_ports(2)
    while control_port == sip_port + 1:  # baresip listens there for TLS
        sip_port, control_port = free_ports(2)
    (folder / "config").write_text(
        f"poll_method epoll\nsip_listen 127.0.0.1:{sip_port}\n"
        f"ctrl_tcp_listen 127.0.0.1:{control_port}\nmodule_path {BARESIP_MODULES}\n"
        # Without uuid.so it has no instance, without menu.so it ends at once.
        "module uuid.so\nmodule account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
    )
    (folder / "accounts").write_text(
        f"<sip:{number}@{server.host}:{server.sip_port};transport={transport}>"
        f";auth_user={number};auth_pass={password};regint={interval}\n"
    )
    (folder / "contacts").touch()
    with _running(["baresip", "-f", str(folder), "-v"], folder) as process:
        yield Baresip(process, ("127.0.0.1", control_port))


class Linphone:
    """A running linphonec; commands are typed."""

    def __init__(self, process: subprocess.Popen[str], keyboard: IO[str]) -> None:
        self.process = process
        self.keyboard = keyboard

    def type(self, command: str) -> None:
        """Type one line."""
        self.keyboard.write(f"{command}\n")
        self.keyboard.flush()

    def quit(self) -> None:
        """End it as its user would."""
        self.type("quit")
        self.process.wait(END_LIMIT)


@contextmanager
def linphonec(
    server: Server, number: str, password: str, *, transport: str, interval: int
) -> Iterator[Linphone]:
    """Linphonec registering `number` for `interval` seconds at a time from the start."""
    folder = server.folder / "linphone"
    # It looks for its files below HOME, and registers only when this folder is there.
    (folder / ".local" / "share" / "linphone").mkdir(parents=True)
    (folder / ".config").mkdir()
    (sip_port,) = free_ports(1)
    sections: dict[str, dict[str, str | int]] = {
        "sip": {
            "sip_port": sip_port,
            "sip_tcp_port": sip_port,
            "sip_tls_port": 0,
            "use_ipv6": 0,
            "default_proxy": 0,
            "guess_hostname": 0,
            "register_only_when_network_is_up": 0,
            "contact": f"sip:{number}@127.0.0.1",
        },
        "proxy_0": {
            "reg_proxy": f"<sip:{server.host}:{server.sip_port};transport={transport}>",
            "reg_identity": f"sip:{number}@{server.host}:{server.sip_port}",
            "reg_expires": interval,
            "reg_sendregister": 1,
            "publish": 0,
        },
        "auth_info_0": {
            "username": number,
            "userid": number,
            "passwd": password,
            "realm": "rollcall",
        },
    }
    settings = folder / "linphonerc"
    settings.write_text(
        "".join(
            f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in values.items())
            for name, values in sections.items()
        )
    )
    words = ["linphonec", "-c", str(settings), "-d", "4", "-l", str(folder / "sip.log")]
    with _running(words, folder, {"HOME": str(folder)}) as process:
        assert process.stdin is not None
        yield Linphone(process, process.stdin)
