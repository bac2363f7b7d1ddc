"""What `rollcall serve` prints when it is ready: where to go next."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from rollcall.app.configuration import Settings, split_host_port
from rollcall.app.first_start import ADMIN, Prepared
from rollcall.app.places import DEFAULT_DATA_DIR

PASSWORD_FILE = "admin-password.txt"  # noqa: S105  the name of a file

ADDRESSES_SHOWN = 6
"""Listening addresses printed; a machine with many has them in /health/ready."""


def announcement(settings: Settings, prepared: Prepared, listeners: list[str]) -> str:
    """The text for standard output. `listeners` are the addresses that really answer."""
    lines = ["", "rollcall is ready.", ""]
    shown = listeners or list(settings.listen)
    for number, url in enumerate(shown[:ADDRESSES_SHOWN]):
        lines.append(_line("SIP" if number == 0 else "", url))
    if len(shown) > ADDRESSES_SHOWN:
        lines.append(_line("", f"and {len(shown) - ADDRESSES_SHOWN} more"))
    lines.append(_line("Console", f"http://{settings.console}"))
    if prepared.admin_password:
        lines.append(_line("Admin", ADMIN))
        lines.append(_line("Password", _password(settings, prepared.admin_password)))
    if not prepared.has_phones:
        lines += ["", "Add a first phone, and register it (any softphone will do):", ""]
        lines += [f"  {line}" for line in first_phone(settings, shown)]
    return "\n".join([*lines, "", ""])


def first_phone(settings: Settings, listeners: list[str]) -> list[str]:
    """The two lines that add and register a first phone."""
    from rollcall.api.phone_body import generate_password  # once, for whoever has no phone yet

    password = generate_password()
    command = _command()
    if settings.data_dir != DEFAULT_DATA_DIR and not os.environ.get("ROLLCALL_DATA_DIR"):
        command += f" --data-dir {shlex.quote(str(settings.data_dir))}"
    account = f"<sip:1001@{_reachable(listeners)}>;auth_pass={password}"
    return [
        f"{command} phone add 1001 --password {password}",
        f"baresip -e {shlex.quote('/uanew ' + account)}",
    ]


def _line(name: str, text: str) -> str:
    return f"  {name:<10}{text}"


def _command() -> str:
    """How the user can call rollcall: by name if his shell finds it, else by its path."""
    script = Path(sys.argv[0])
    found = shutil.which("rollcall")
    if script.name != "rollcall" or (found and Path(found).samefile(script)):
        return "rollcall"
    try:
        return shlex.quote(str(script.absolute().relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(script.absolute()))


def _reachable(listeners: list[str]) -> str:
    """HOST:PORT of a UDP listener that a softphone on this machine can reach."""
    hosts = [url.partition("://")[2] for url in listeners if url.startswith("udp://")]
    for address in hosts or [url.partition("://")[2] for url in listeners]:
        host, port = split_host_port(address)
        if host in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
            host = "127.0.0.1"
        if ":" not in host:
            return host if port == 5060 else f"{host}:{port}"
    return hosts[0] if hosts else "127.0.0.1"


def _password(settings: Settings, password: str) -> str:
    """The generated password, for a terminal; under systemd it must not enter the journal."""
    if not (os.environ.get("JOURNAL_STREAM") or os.environ.get("NOTIFY_SOCKET")):
        return f"{password}   (shown this once)"
    file = settings.data_dir / PASSWORD_FILE
    file.touch(0o600)
    file.write_text(password + "\n", encoding="ascii")
    return f"in {file}; read it and delete the file"
