"""Cutting a byte stream into messages by Content-Length (RFC 3261 section 18.3, RFC 5626 4.4.1).

    stream  =  *( message / ping / CRLF )
    ping    =  CRLF CRLF            between messages; the other side answers with one CRLF

The buffer is searched from where the last search ended, so bytes that trickle in cost no more than
those that come at once.
"""

import re
from typing import Final

from rollcall.sip.errors import FramingError
from rollcall.sip.header_lines import MAX_LINE, MAX_MESSAGE

PING: Final = b"\r\n\r\n"
"""What `feed` gives for a keepalive ping; answer it with PONG."""

PONG: Final = b"\r\n"

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_TOKEN_START = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]")
_LINE_BREAK = b"\r\n"
_CONTENT_LENGTH = re.compile(
    rb"^(?:content-length|l)[ \t]*+:(?:[ \t]|\r?\n[ \t])*([^\r\n]*+)", re.IGNORECASE | re.MULTILINE
)


class StreamFramer:
    """Bytes in, whole messages out. One for each connection."""

    __slots__ = ("_buffer", "_searched", "_total", "missing_lengths")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._total: int | None = None  # bytes of the message under way, once its head is there
        self.missing_lengths = 0
        """Messages that came without the Content-Length a stream requires; read as 0."""

    @property
    def pending(self) -> int:
        """Bytes of the message under way; 0 between messages."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was received; give the messages and PINGs completed by it, in order.

        Raises FramingError when no further boundary can be found: the connection must then be
        closed. What the same call completed before that is in the error's `frames`.
        """
        self._buffer += data
        frames: list[bytes] = []
        try:
            while (frame := self._next()) is not None:
                frames.append(frame)
        except FramingError as error:
            error.frames = frames
            raise
        return frames

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if self._total is None:
            if self._skip_line_breaks():
                return PING
            self._total = self._measure() if buffer else None
        if self._total is None or len(buffer) < self._total:
            return None
        frame = bytes(buffer[: self._total])
        del buffer[: self._total]
        self._searched = 0
        self._total = None
        return frame

    def _skip_line_breaks(self) -> bool:
        """Drop CR and LF between messages; tell whether they were a ping."""
        buffer = self._buffer
        while buffer and buffer[0] in _LINE_BREAK:
            if buffer.startswith(PING):
                del buffer[:4]
                return True
            if PING.startswith(buffer):
                break
            del buffer[:1]
        return False

    def _measure(self) -> int | None:
        """Give the bytes of the message that the buffer starts with, once its head is there."""
        buffer = self._buffer
        if buffer[0] in _LINE_BREAK:
            return None
        match = _END_OF_HEAD.search(buffer, max(0, self._searched - 3))
        if match is None:
            self._check_unfinished()
            self._searched = len(buffer)
            return None
        head = bytes(buffer[: match.end()])
        _check_start_line(head)
        total = len(head) + self._length(head)
        if total > MAX_MESSAGE:
            raise FramingError("Message too large", head)
        return total

    def _check_unfinished(self) -> None:
        """Give up early on what cannot become a SIP message: TLS on a TCP port, HTTP, noise."""
        if len(self._buffer) > MAX_MESSAGE:
            raise FramingError("Header section too large")
        if self._buffer.find(b"\n", 0, self._searched) < 0:
            _check_start_line(bytes(self._buffer[: MAX_LINE + 1]))

    def _length(self, head: bytes) -> int:
        values = {value.strip() for value in _CONTENT_LENGTH.findall(head)}
        if not values:
            self.missing_lengths += 1
            return 0
        if len(values) > 1:
            raise FramingError("Several Content-Length header fields", head)
        digits = values.pop()
        if not digits.isdigit() or len(digits) > 10:
            raise FramingError("Malformed Content-Length", head)
        return int(digits)


def _check_start_line(head: bytes) -> None:
    """Refuse a start line that is not SIP's; one that is not complete yet may still become one."""
    if not _TOKEN_START.match(head):
        raise FramingError("Not SIP")
    line, end, _ = head.partition(b"\n")
    if not end and len(line) > MAX_LINE:
        raise FramingError("Start line too long")
    if end and b"SIP/" not in line.upper():
        raise FramingError("Not SIP")
