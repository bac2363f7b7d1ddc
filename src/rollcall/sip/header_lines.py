"""From bytes to header lines, by canonical name (RFC 3261 sections 7.3 and 25.1).

Lenient: LF alone ends a line, folded lines are joined, names come in any case, long or compact,
with space before the colon. A line that is no header field is passed over, as section 8.2 asks for
what is not needed. Nothing here raises; what a message lacks is noticed where it is needed.
"""

import re
from typing import Literal, TypeAlias

import msgspec

Charset: TypeAlias = Literal["utf-8", "latin-1"]
Headers: TypeAlias = dict[str, list[str]]

MAX_MESSAGE = 65_535
"""Bytes of a message: what a UDP datagram can hold; the same on streams, where no phone's REGISTER
or session description comes near it, so that a stranger cannot make a buffer grow further."""

MAX_LINE = 8192
"""Characters of one header line: eight times RFC 4475's longest; room for token credentials."""

MAX_LINES = 256
"""Header lines: three times what 70 hops leave (a Via and a Record-Route each, and the request)."""

COMPACT_FORMS = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""IANA's registry of SIP header fields: RFC 3261, 3515, 3841, 3892, 4028, 6665, 8224."""

_SPECIAL_CASE = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
_COMMON = [
    "via",
    "from",
    "to",
    "call-id",
    "cseq",
    "contact",
    "max-forwards",
    "content-length",
    "content-type",
    "authorization",
    "proxy-authorization",
    "user-agent",
    "expires",
    "allow",
    "supported",
    "require",
    "route",
    "record-route",
    "path",
    "allow-events",
    "server",
    "date",
    "event",
    "accept",
    "subject",
    "www-authenticate",
    "proxy-authenticate",
    "min-expires",
    "retry-after",
    "warning",
    "proxy-require",
    "unsupported",
    "service-route",
    "x-serialnumber",
    "accept-language",
    "accept-encoding",
    "session-expires",
    "organization",
    "subscription-state",
    "mime-version",
]


def written_name(name: str) -> str:
    """Give a canonical (lower-case) name as it is written: `call-id` -> `Call-ID`."""
    special = _SPECIAL_CASE.get(name)
    return special or "-".join([part.capitalize() for part in name.split("-")])


_CANONICAL = {
    spelling: name
    for name in _COMMON
    for spelling in (name, written_name(name), name.title(), name.upper())
} | {
    spelling: name
    for compact, name in COMPACT_FORMS.items()
    for spelling in (compact, compact.upper())
}


def canonical_name(text: str) -> str:
    """Give the canonical name of a header name as written: `V ` -> `via`."""
    name = text.strip().lower()
    return COMPACT_FORMS.get(name, name)


_FOLD = (" ", "\t", "")
_BREAKS = (b"\r", b"\n")
_END_OF_HEAD = re.compile(rb"\r\n\r\n|\n\r?\n")


class Head(msgspec.Struct, frozen=True, gc=False):
    """A message cut into its start line, header lines and body."""

    lines: list[str]
    """Start line first; no CR or LF in any, folds not joined yet."""
    body: bytes
    charset: Charset
    complete: bool
    """Whether the headers ended with an empty line, or at least with a whole line."""


def split_head(data: bytes) -> Head:
    """Cut a message at the empty line, and what is above it into lines."""
    head, end, body = data.partition(b"\r\n\r\n")
    text, charset = _decode(head)
    lines = text.split("\r\n")
    # A break at the end counts for one line in `splitlines` and for two here: look at it apart.
    if len(head.splitlines()) == len(lines) and head[-1:] not in _BREAKS:
        return Head(lines, body, charset, bool(end))
    return _split_oddly(data)


def _split_oddly(data: bytes) -> Head:
    """Cut a message in which CR or LF stand alone: LF ends a line, CR is white space."""
    match = _END_OF_HEAD.search(data)
    head, body = (data[: match.start()], data[match.end() :]) if match else (data, b"")
    text, charset = _decode(head.rstrip(b"\r\n"))
    lines = text.replace("\r\n", "\n").split("\n")
    complete = match is not None or data.endswith(b"\n")
    return Head([line.replace("\r", " ") for line in lines], body, charset, complete)


def _decode(head: bytes) -> tuple[str, Charset]:
    """Decode a header section: UTF-8 (RFC 3261 section 7), or else latin-1, as old devices send.

    Answers are encoded in the same, so that what is echoed is the bytes that came.
    """
    try:
        return head.decode(), "utf-8"
    except UnicodeDecodeError:
        return head.decode("latin-1"), "latin-1"


def collect_headers(lines: list[str]) -> Headers:
    """Group the lines after the start line by canonical name, in their order, folds joined."""
    headers: Headers = {}
    known = _CANONICAL.get
    last: str | None = None
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = known(name)
        if key is None:
            if name[:1] in _FOLD:
                folded = line.strip(" \t")
                if last is not None and folded:
                    so_far = headers[last]
                    so_far[-1] = f"{so_far[-1]} {folded}".lstrip(" ")
                continue
            key = canonical_name(name)
            if not colon or not key:
                last = None
                continue
        value = value.strip(" \t")
        if key in headers:
            headers[key].append(value)
        else:
            headers[key] = [value]
        last = key
    return headers
