"""Requests and responses, and how they are read from bytes (RFC 3261 sections 7 and 8.2).

`parse` checks what every later step relies on: a start line, the mandatory header fields, one value
where one is allowed, a method that agrees with CSeq, a body of the stated length. Everything else
is decoded when someone asks.
"""

import re
from typing import Final

from rollcall.sip.errors import ParseError, Unanswerable
from rollcall.sip.grammar import is_token
from rollcall.sip.header_lines import (
    MAX_LINE,
    MAX_LINES,
    MAX_MESSAGE,
    Charset,
    Headers,
    collect_headers,
    split_head,
    written_name,
)
from rollcall.sip.memo import Memo
from rollcall.sip.message_headers import Message
from rollcall.sip.uri import SipUri, TelUri, parse_uri

VERSION: Final = "SIP/2.0"

METHODS: Final = frozenset(
    [
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    ]
)
"""IANA's registry of SIP methods."""

_SINGLE = ("from", "to", "call-id", "cseq", "content-length", "max-forwards", "expires")

_STATUS = re.compile("[1-6][0-9][0-9]")

_request_uri: Memo[SipUri | TelUri] = Memo("request_uri", parse_uri)


class Request(Message):
    """A request."""

    __slots__ = ("method", "uri")

    def __init__(
        self,
        method: str,
        uri: str,
        headers: Headers,
        body: bytes = b"",
        charset: Charset = "utf-8",
    ) -> None:
        super().__init__(headers, body, charset)
        self.method = method
        self.uri = uri

    def request_uri(self) -> SipUri | TelUri:
        """Give the decoded Request-URI. Raises ParseError 400, or 416 for a foreign scheme."""
        return _request_uri(self.uri)

    def __bytes__(self) -> bytes:
        return self._encode(f"{self.method} {self.uri} {VERSION}")

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.call_id!r}>"


class Response(Message):
    """A response."""

    __slots__ = ("reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        headers: Headers,
        body: bytes = b"",
        charset: Charset = "utf-8",
    ) -> None:
        super().__init__(headers, body, charset)
        self.status = status
        self.reason = reason

    def __bytes__(self) -> bytes:
        return self._encode(f"{VERSION} {self.status} {self.reason}")

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.call_id!r}>"


def parse(data: bytes) -> Request | Response:
    """Read one message, a datagram or what the stream framer cut out.

    Raises ParseError, with a request in `message` that is good enough to answer from, or
    Unanswerable where silence is right: keepalives, broken responses, an ACK that cannot be read,
    anything without a readable Via.
    """
    if not data or data[0] in b"\r\n":
        # RFC 3261 section 7.5 ignores CRLF before the start line; alone, they are keepalives.
        data = data.lstrip(b"\r\n")
        if not data:
            raise Unanswerable("keepalive")
    head = split_head(data if len(data) <= MAX_MESSAGE else data[:MAX_MESSAGE])
    lines, body, charset = head.lines, head.body, head.charset
    headers = collect_headers(lines if len(lines) <= MAX_LINES + 1 else lines[: MAX_LINES + 1])
    if lines[0][:4].upper() == "SIP/":
        return _read_response(lines[0], headers, body, charset)
    request, problem = _read_request_line(lines[0], headers, body, charset)
    try:
        if len(data) > MAX_MESSAGE or len(lines) > MAX_LINES + 1:
            raise ParseError(513, "Message Too Large")
        if len(data) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
            raise ParseError(513, "Header line too long")
        if not head.complete:
            raise ParseError(400, "Message ends inside the header section")
        if problem is not None:
            raise problem
        _check(request, several=len(lines) - 1 != len(headers))
    except ParseError as error:
        raise _answer_or_silence(request, error) from None
    return request


def _read_request_line(
    line: str, headers: Headers, body: bytes, charset: Charset
) -> tuple[Request, ParseError | None]:
    """Read `METHOD SP Request-URI SP SIP/2.0` (RFC 3261 section 7.1) and what is wrong with it."""
    parts = line.split(" ")
    if len(parts) == 3:
        method, uri, version = parts
        if version == VERSION and method in METHODS and uri[:1] not in _NO_URI_START:
            return Request(method, uri, headers, body, charset), None
    return _read_odd_request_line(line, headers, body, charset)


def _read_odd_request_line(
    line: str, headers: Headers, body: bytes, charset: Charset
) -> tuple[Request, ParseError | None]:
    """Read what is not the plain case: methods of extensions, other versions, stray spaces."""
    words = line.split()
    version = words[-1].upper() if words else ""
    if not version.startswith("SIP/"):
        raise Unanswerable("not SIP")
    method, uri = words[0], words[1] if len(words) > 2 else ""
    request = Request(method, uri, headers, body, charset)
    problem = None
    if not is_token(method):
        problem = ParseError(400, "Malformed method")
    elif version != VERSION:
        problem = ParseError(505, "Version Not Supported")
    elif line.split(" ") != [method, uri, words[-1]]:
        # RFC 4475 3.1.2.7 to 3.1.2.10: spaces in or around the Request-URI.
        problem = ParseError(400, "Malformed request line")
    elif uri[:1] in _NO_URI_START:
        problem = ParseError(400, "Malformed Request-URI")
    return request, problem


_NO_URI_START = ("", "<")


def _read_response(line: str, headers: Headers, body: bytes, charset: Charset) -> Response:
    """Read `SIP/2.0 SP status SP reason` (RFC 3261 section 7.2). A bad one is dropped."""
    version, _, rest = line.partition(" ")
    digits, _, reason = rest.partition(" ")
    if version.upper() != VERSION or _STATUS.fullmatch(digits) is None:
        raise Unanswerable("malformed status line")
    response = Response(int(digits), reason, headers, body, charset)
    try:
        response.top_via()
        response.cseq()
        _check_single(response)
        _fit_body(response)
    except ParseError as error:
        raise Unanswerable(f"malformed response: {error.reason}") from None
    return response


def _check(request: Request, *, several: bool) -> None:
    """Refuse what no later step could work with (RFC 3261 section 8.1.1).

    `several` says that some header name came in more than one line.
    """
    request.top_via()
    headers = request.headers
    try:
        once = (headers["from"], headers["to"], headers["call-id"], headers["cseq"])
    except KeyError as missing:
        raise ParseError(400, f"Missing {written_name(missing.args[0])} header field") from None
    if "" in (once[0][0], once[1][0], once[2][0]):
        raise ParseError(400, "Empty From, To or Call-ID header field")
    if several:
        _check_single(request)
    if request.cseq().method != request.method:
        raise ParseError(400, "Method in CSeq differs from the request line")
    _fit_body(request)


def _check_single(message: Message) -> None:
    """Refuse two different values where one is allowed (RFC 3261 section 7.3.1, RFC 4475 3.3.8)."""
    headers = message.headers
    for name in _SINGLE:
        lines = headers.get(name)
        if lines is not None and len(lines) > 1 and any(line != lines[0] for line in lines):
            raise ParseError(400, f"Several {written_name(name)} header fields")


def _fit_body(message: Message) -> None:
    """Cut what follows the stated length; refuse a body that is shorter (RFC 3261 section 18.3)."""
    if not message.body and message.first("content-length") == "0":
        return
    length = message.content_length
    if length is None:
        return
    if length > len(message.body):
        raise ParseError(400, "Body shorter than Content-Length")
    message.body = message.body[:length]


def _answer_or_silence(request: Request, error: ParseError) -> ParseError | Unanswerable:
    if request.method == "ACK":
        return Unanswerable("malformed ACK")
    try:
        request.top_via()
    except ParseError:
        return Unanswerable("no readable Via")
    return ParseError(error.status, error.reason, request)
