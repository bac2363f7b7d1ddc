"""Asking the admin socket."""

import asyncio
from pathlib import Path

import pytest

from rollcall.app.readiness_probe import probe


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (b'HTTP/1.1 200 OK\r\n\r\n{"ready":true}', {"ready": True}),
        (b'HTTP/1.1 503 No\r\n\r\n{"ready":false}', {"ready": False}),
        (b"HTTP/1.1 500 No\r\n\r\noops", {}),
        (b"", {}),
    ],
)
async def test_answers(tmp_path: Path, answer: bytes, state: dict[str, bool]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    path = tmp_path / "admin.sock"
    server = await asyncio.start_unix_server(serve, str(path))
    assert await probe(path) == state
    server.close()


async def test_nobody_there(tmp_path: Path) -> None:
    assert await probe(tmp_path / "admin.sock") == {}
