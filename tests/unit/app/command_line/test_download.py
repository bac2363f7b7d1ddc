"""Files are written whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from doubles.rest_server import RestServer
from rollcall.app.command_line.download import save, size_text
from rollcall.app.command_line.failure import CommandError, NotReachableError, RefusedError


def broken() -> Iterator[bytes]:
    yield b"half"
    raise httpx.ReadError("connection reset")


def test_a_broken_download_leaves_the_old_file(rest: RestServer, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("old")
    rest.answers["GET", "/x"] = lambda _: httpx.Response(200, content=broken())
    with pytest.raises(NotReachableError, match="connection reset"):
        save(rest.api(), "/x", {}, file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_refusal_writes_nothing(rest: RestServer, tmp_path: Path) -> None:
    rest.refuse("GET", "/x", 422, "sort: no such field")
    with pytest.raises(RefusedError, match="no such field"):
        save(rest.api(), "/x", {}, tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_permissions_are_as_asked(rest: RestServer, tmp_path: Path) -> None:
    rest.answers["GET", "/x"] = lambda _: httpx.Response(200, content=b"data")
    save(rest.api(), "/x", {}, tmp_path / "secret.tar", mode=0o600)
    assert (tmp_path / "secret.tar").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_does_not_exist_is_one_line(rest: RestServer, tmp_path: Path) -> None:
    rest.answers["GET", "/x"] = lambda _: httpx.Response(200, content=b"data")
    with pytest.raises(CommandError, match=r"cannot write .*: No such file or directory"):
        save(rest.api(), "/x", {}, tmp_path / "nowhere" / "out.csv")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1536, "1.5 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 30, "5.0 GiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text
