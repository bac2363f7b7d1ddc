"""How an answer finds its way back, and what every answer shares."""

from hashlib import blake2b
from typing import Protocol
from zlib import crc32

from rollcall.model.ports import Endpoint
from rollcall.sip.date import format_date
from rollcall.sip.message import Request
from rollcall.sip.response import build_response, response_target

SERVER_HEADER = ("Server", "rollcall")
"""Says who answers; the version stays untold, scanners look for it."""


RETRY_AFTER_STORAGE = 30
"""Seconds a client is told to wait when the disk fails: long enough not to press on a full
disk, short enough that phones are back within a minute of its recovery."""

RETRY_AFTER_CONFLICT = 2
"""Seconds after which a conflicting change has certainly been written."""


class Asked:
    """One request as it came in: the message, its way back, whom it is from, and when.

    `host` and `port` are where the packet came from and its answer goes; `source_host` and
    `source_port` are the phone's own, which differ behind one of our edges.
    """

    __slots__ = ("endpoint", "gone", "host", "message", "now", "port", "source_host", "source_port")

    def __init__(
        self, message: Request, endpoint: Endpoint, host: str, port: int, now: float
    ) -> None:
        self.message = message
        self.endpoint = endpoint
        self.host = self.source_host = host
        self.port = self.source_port = port
        self.now = now
        self.gone = False
        """Its connection was lost while it was parked: there is nobody to answer or to bind."""


class WallClock(Protocol):
    """Turns steady seconds into wall-clock seconds since 1970."""

    def __call__(self, steady: float) -> float:
        """Give the wall-clock time of `steady`, by today's difference."""
        ...


class Answerer:
    """Builds answers and sends them where RFC 3261 section 18.2.2 says.

    Answers are made without transaction state (idea 5): the To tag is computed from the
    request, so a retransmission gets the same one (RFC 3261 section 8.2.7).
    """

    def __init__(self, to_tag_key: bytes, to_wall: WallClock) -> None:
        self._salt = crc32(to_tag_key)
        self._to_wall = to_wall
        self._date_until = float("-inf")
        self._date = ("Date", "")
        self.sent: dict[int, int] = {}

    def build(
        self,
        asked: Asked,
        status: int,
        phrase: str | None,
        headers: tuple[tuple[str, str], ...],
    ) -> bytes:
        """Give the bytes of an answer to `asked`."""
        message = asked.message
        tag = format(crc32(message.call_id.encode("utf-8", "replace"), self._salt), "08x")
        return build_response(
            message,
            status,
            phrase,
            to_tag=tag,
            headers=headers,
            received=asked.host,
            rport=asked.port,
        )

    def send(self, asked: Asked, data: bytes, status: int) -> None:
        """Send an answer the way its request came."""
        self.sent[status] = self.sent.get(status, 0) + 1
        endpoint = asked.endpoint
        if endpoint.connection:
            endpoint.send(data, asked.host, asked.port)
        else:
            host, port = response_target(asked.message.top_via(), asked.host, asked.port)
            endpoint.send(data, host, port)

    def answer(
        self,
        asked: Asked,
        status: int,
        phrase: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Build and send at once."""
        self.send(asked, self.build(asked, status, phrase, (*headers, SERVER_HEADER)), status)

    def date(self, now: float) -> tuple[str, str]:
        """Give the Date header (RFC 3261 section 20.17) at steady second `now`.

        Made anew once a second: reading the clocks for each answer costs more than the answer.
        """
        if now >= self._date_until:
            wall = self._to_wall(now)
            self._date_until = now + 1.0 - wall % 1.0
            self._date = ("Date", format_date(int(wall)))
        return self._date


_NONE = [""]


def fingerprint(message: Request) -> int:
    """Give 63 bits that tell one REGISTER from another with the same credentials.

    Digest covers neither Contact nor Expires (RFC 7616 section 3.4.3 with qop=auth), so a
    captured Authorization could be sent again with another Contact. A retransmission is the
    same request only when these agree too.
    """
    headers = message.headers
    contacts = headers.get("contact", _NONE)
    expires = headers.get("expires", _NONE)
    contact = contacts[0] if len(contacts) == 1 else "\n".join(contacts)
    text = f"{headers['call-id'][0]}\n{headers['cseq'][0]}\n{expires[0]}\n{contact}"
    digest = blake2b(text.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
