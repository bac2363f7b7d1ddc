"""A registrar of a few lines that keeps what it was sent and answers as a test wants."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
CHALLENGES = (
    'WWW-Authenticate: Digest realm="rollcall", algorithm=SHA-256, nonce="other", qop="auth"\r\n'
    f'WWW-Authenticate: Digest realm="rollcall", algorithm=MD5, nonce="{NONCE}", '
    'opaque="5ccc", qop="auth"\r\n'
)


def header(message: str, name: str) -> str:
    """Give the value of a header that occurs once, or an empty string."""
    found = re.search(rf"^{name}: (.*)\r$", message, re.MULTILINE)
    return found.group(1) if found else ""


def parameter(value: str, name: str) -> str:
    """Give a parameter of a digest header without its quotes."""
    found = re.search(rf'[ ,]{name}="?([^",]*)', value)
    return found.group(1) if found else ""


def answer(message: str, status: str, extra: str = "", *, contact: bool = True) -> str:
    """Give an answer as RFC 3261 section 8.2.6 asks for."""
    echoed = "".join(
        f"{name}: {header(message, name)}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq")
    )
    if contact:
        echoed += f"Contact: {header(message, 'Contact')};expires=60\r\n"
    return f"SIP/2.0 {status}\r\n{echoed}{extra}Content-Length: 0\r\n\r\n"


def challenging(message: str) -> str:
    """Ask whoever has no credentials, grant the others."""
    if "\r\nAuthorization:" in message:
        return answer(message, "200 OK")
    return answer(message, "401 Unauthorized", CHALLENGES, contact=False)


class Double:
    """Answers on its own port until the block ends."""

    def __init__(self, behaviour: Callable[[str], str] = challenging) -> None:
        self.messages: list[str] = []
        self.sources: list[tuple[str, int]] = []
        self._behaviour = behaviour
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        while True:
            data, source = self._socket.recvfrom(4096)
            if data == b"stop":
                return
            self.messages.append(data.decode())
            self.sources.append(source)
            self._socket.sendto(self._behaviour(data.decode()).encode(), source)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"stop", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()
