"""Lexical rules that several header fields share (RFC 3261 section 25.1).

    token          =  1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~" )
    quoted-string  =  SWS DQUOTE *(qdtext / quoted-pair ) DQUOTE
    quoted-pair    =  "\" (%x00-09 / %x0B-0C / %x0E-7F)

Repeated characters are matched possessively (`*+`) and the branches of a repeated group begin with
different ones, so no input makes a pattern slow. Groups themselves are never repeated possessively:
CPython before 3.11.5, which Debian 12 ships, matches those wrongly (gh-106052).
"""

import re

from rollcall.sip.errors import ParseError

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"', re.DOTALL)

MAX_VALUES = 128
"""Values in one header field: above the 100 bindings an AOR may have and the 70 hops of a Via."""

MAX_MEMBERS = 4 * MAX_VALUES
"""Members of one header field with quotes or brackets, the empty ones that are dropped included:
where splitting stops, so that a line of nothing but commas and quotes takes no time."""

_LIST_PIECE = re.compile(
    r'(?: [^,"<]++ | "[^"\\]*+(?:\\.[^"\\]*+)*" | <[^>]*+> )+ | (?P<comma>,)',
    re.DOTALL | re.VERBOSE,
)


def is_token(text: str) -> bool:
    """Tell whether `text` is a token: a method, a header name, an option tag."""
    return TOKEN.fullmatch(text) is not None


def split_values(text: str) -> list[str]:
    """Split a header field at its commas, those inside quotes and angle brackets left alone.

    Empty members are dropped. Raises ParseError 400 for an unclosed quote or bracket and for more
    than MAX_VALUES values. RFC 3261 section 7.3.1.
    """
    if "," not in text:
        text = text.strip()
        return [text] if text else []
    parts = _split_guarded(text) if '"' in text or "<" in text else text.split(",")
    values = [part for part in map(str.strip, parts) if part]
    if len(values) > MAX_VALUES:
        raise ParseError(400, "Too many values in one header field")
    return values


def _split_guarded(text: str) -> list[str]:
    parts = []
    start = position = 0
    while position < len(text):
        piece = _LIST_PIECE.match(text, position)
        if piece is None:
            raise ParseError(400, "Unclosed quote or angle bracket in a header field")
        if piece["comma"]:
            parts.append(text[start:position])
            if len(parts) > MAX_MEMBERS:
                raise ParseError(400, "Too many values in one header field")
            start = piece.end()
        position = piece.end()
    parts.append(text[start:])
    return parts


def unquote(text: str) -> str:
    """Give the content of a quoted string, escapes resolved; any other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    content = text[1:-1]
    if "\\" not in content:
        return content
    # An escaped backslash is what stands between the pieces; any other one only escapes.
    return "\\".join([piece.replace("\\", "") for piece in content.split("\\\\")])


def quote(text: str) -> str:
    """Give `text` as a quoted string. CR and LF, which cannot be written, become spaces."""
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    if "\r" in text or "\n" in text:
        text = text.replace("\r", " ").replace("\n", " ")
    return f'"{text}"'
