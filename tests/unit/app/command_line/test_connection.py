"""Where a command goes."""

import errno
import json
import socket
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from rollcall.app.command_line.connection import Target, open_api, server_listens
from rollcall.app.command_line.failure import CommandError, NotReachableError
from rollcall.app.configuration import load
from rollcall.app.first_start import prepare


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with what it was asked."""

    def do_GET(self) -> None:
        body = json.dumps(
            {"path": self.path, "authorization": self.headers.get("Authorization")}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class UnixServer(HTTPServer):
    """HTTP on a Unix socket."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "unix", 0

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, _ = super().get_request()
        return connection, ("unix", 0)


def served(server: HTTPServer, target: Target) -> dict[str, Any]:
    """What `target` answers while `server` serves."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with open_api(target) as api:
            return api.get("/version", {"a": "b", "empty": None})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_on_the_data_directory_is_used(tmp_path: Path) -> None:
    server = UnixServer(str(tmp_path / "admin.sock"), Handler)  # type: ignore[arg-type]  # a path
    answer = served(server, Target(tmp_path))
    assert answer == {"path": "/api/v1/version?a=b", "authorization": None}


@pytest.mark.parametrize(
    "form", ["http://127.0.0.1:{}", "127.0.0.1:{}", "http://127.0.0.1:{}/api/v1/"]
)
def test_a_url_is_used_with_its_token(tmp_path: Path, form: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    target = Target(tmp_path, server=form.format(server.server_port), token="secret")
    answer = served(server, target)
    assert answer == {"path": "/api/v1/version?a=b", "authorization": "Bearer secret"}


def test_a_url_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with (
            open_api(Target(tmp_path, server=url)) as api,
            pytest.raises(NotReachableError, match=f"^{url} does not answer: .*refused"),
        ):
            api.get("/version")


def test_no_server_and_no_data_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="start one with rollcall serve") as raised:
        open_api(Target(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in str(raised.value)
    assert not (tmp_path / "nowhere").exists()


def test_a_first_change_makes_the_directory_that_was_named(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    with open_api(Target(data_dir, is_named=True), founding=True) as api:
        assert api.post("/phones", {"number": "1001"})["number"] == "1001"
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "rollcall.db").stat().st_mode) == 0o600
    settings = load({"data_dir": data_dir, "domains": ["example.com"]})
    prepared = prepare(settings)
    assert prepared.has_phones
    assert prepared.admin_password, "the server's first start makes it and tells it"
    assert prepared.realm == "example.com"
    with open_api(Target(data_dir)) as api:
        assert api.get("/phones/1001")["aor"] == "sip:1001@example.com"


@pytest.mark.parametrize(
    ("is_named", "founding"), [(True, False), (False, True)], ids=["a look", "nowhere named"]
)
def test_a_look_or_a_default_makes_no_directory(
    tmp_path: Path, is_named: bool, founding: bool
) -> None:
    target = Target(tmp_path / "data", is_named=is_named)
    with pytest.raises(CommandError, match=r"start one with rollcall serve, or .* --data-dir"):
        open_api(target, founding=founding)
    assert not target.data_dir.exists()


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be made: Not a directory"):
        open_api(Target(tmp_path / "file" / "data", is_named=True), founding=True)


def test_a_socket_left_by_a_killed_server_is_no_server(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "admin.sock"))
    assert not server_listens(tmp_path / "admin.sock")
    assert not server_listens(tmp_path / "nothing.sock")


def test_a_socket_of_somebody_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden(socket.socket):
        """What the kernel says to a user who may not write the socket's file."""

        def connect(self, _: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Forbidden)
    with pytest.raises(CommandError, match=r"no permission to use .*; run this as"):
        server_listens(tmp_path / "admin.sock")


def test_a_path_too_long_for_a_socket_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="path too long"):
        server_listens(tmp_path / ("d" * 120) / "admin.sock")


def test_httpx_is_loaded_without_its_own_command_line() -> None:
    code = (
        "import sys; from rollcall.app.command_line.connection import _load_httpx;"
        "_load_httpx(); import httpx; httpx.Client().close();"
        "print([n for n in ('httpx._main', 'rich.progress', 'click') if n in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=60, text=True
    )
    assert ended.stdout.strip() == "[]"
