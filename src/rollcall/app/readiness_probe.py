"""Asking the control process over the admin socket whether the server is ready."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

_REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: rollcall\r\nConnection: close\r\n\r\n"

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer; it is a few hundred."""


async def probe(admin_socket: Path, time_out: float = 2.0) -> dict[str, Any]:
    """What /health/ready says; empty when nobody answers."""
    try:
        async with asyncio.timeout(time_out):
            reader, writer = await asyncio.open_unix_connection(str(admin_socket))
            try:
                writer.write(_REQUEST)
                answer = await reader.read(ANSWER_LIMIT)
                while not reader.at_eof() and len(answer) < ANSWER_LIMIT:
                    answer += await reader.read(ANSWER_LIMIT)
            finally:
                writer.close()
        return msgspec.json.decode(answer.partition(b"\r\n\r\n")[2], type=dict[str, Any])
    except (OSError, TimeoutError, msgspec.DecodeError):
        return {}
