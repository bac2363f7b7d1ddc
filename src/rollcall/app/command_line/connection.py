"""Find the server a command is meant for.

In this order: the URL given with `--server`; the admin socket in the data directory, when a
server listens on it; else the API in this process, under the data directory's lock.
"""

import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from rollcall.app.command_line.failure import CommandError
from rollcall.app.places import DataDirError, Places

if TYPE_CHECKING:
    from rollcall.app.command_line.rest import Api

ANSWER_WITHIN = 60.0
"""Seconds. Changes wait for the phones' process and the disk; a listing takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the user wants a command to go."""

    data_dir: Path
    server: str | None = None
    """Base URL of a server elsewhere."""
    token: str | None = None
    is_named: bool = False
    """Whether the data directory was named for this command, not found by default."""

    @property
    def admin_socket(self) -> Path:
        """Where a server on this data directory listens for commands."""
        return Places(self.data_dir).admin_socket


def open_api(target: Target, *, founding: bool = False) -> "Api":
    """A client for `target`. Raises `CommandError` when there is nothing to talk to.

    `founding`: make the data directory, if it was named and holds no data. The server's first
    start adds what only it can: the realm, by its domains, and the administrator.
    """
    _load_httpx()
    if target.server:
        return _remote(target.server, target.token)
    if server_listens(target.admin_socket):
        return _local(target)
    _insist_on_data(target, founding=founding)
    return _in_process(target.data_dir)


def _load_httpx() -> None:
    """Import httpx without its own command line, a third of the time of starting this one.

    httpx does without that part when it cannot be imported, as where its extra `cli` is not
    installed; a None in `sys.modules` is Python's way to say so.
    """
    if "httpx" in sys.modules:
        return
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    modules["httpx._main"] = None
    try:
        import httpx  # noqa: F401  those who use it find it loaded
    finally:
        del modules["httpx._main"]


def server_listens(path: Path) -> bool:
    """Whether somebody accepts connections on this Unix socket.

    Raises `CommandError` when the socket may not be used by this user.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except PermissionError as error:
            raise CommandError(
                f"no permission to use {path}; run this as the user of the server, or as root"
            ) from error
        except OSError as error:
            raise CommandError(f"cannot use {path}: {error.strerror or error}") from error
    return True


def _local(target: Target) -> "Api":
    import httpx

    from rollcall.app.command_line.rest import Api

    # There is no TLS on this socket; looking for certificates would take a tenth of a second.
    transport = httpx.HTTPTransport(uds=str(target.admin_socket), verify=False)
    client = httpx.Client(
        transport=transport,
        base_url="http://rollcall",
        timeout=ANSWER_WITHIN,
    )
    return Api(client, f"the server on {target.admin_socket}")


def _remote(server: str, token: str | None) -> "Api":
    import httpx

    from rollcall.app.command_line.rest import BASE, Api

    url = server if "://" in server else f"http://{server}"
    url = url.rstrip("/").removesuffix(BASE)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        client = httpx.Client(base_url=url, headers=headers, timeout=ANSWER_WITHIN)
    except httpx.InvalidURL as error:
        raise CommandError(f"--server {server} is no URL: {error}") from error
    return Api(client, url)


def _insist_on_data(target: Target, *, founding: bool) -> None:
    """Make the data directory of the first command, else say what to do without one."""
    places = Places(target.data_dir)
    if places.database.exists():
        return
    if founding and target.is_named:
        try:
            places.create()
        except DataDirError as error:
            raise CommandError(str(error)) from error
        return
    otherwise = "name another directory with --data-dir"
    if founding:
        otherwise = "name the directory with --data-dir, to begin it without a server"
    raise CommandError(
        f"no server runs on {target.data_dir} and it holds no data; start one with rollcall serve,"
        f" or {otherwise}"
    )


def _in_process(data_dir: Path) -> "Api":
    import httpx

    from rollcall.app.command_line.in_process import InProcessTransport
    from rollcall.app.command_line.rest import Api
    from rollcall.app.logging import LogFormat, LogLevel, configure_logging
    from rollcall.app.offline import open_api as open_application

    # What the API logs goes to this command's standard error: faults only, and never with the
    # variables that structlog shows when nobody configures it.
    configure_logging(LogLevel.ERROR, LogFormat.TEXT)
    client = httpx.Client(
        transport=InProcessTransport(open_application(data_dir)),
        base_url="http://rollcall",
        timeout=ANSWER_WITHIN,
    )
    return Api(client, f"the database in {data_dir}")
