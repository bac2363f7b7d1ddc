"""Parameters: the `;name=value` tail of URIs and header fields.

    generic-param  =  token [ EQUAL gen-value ]
    gen-value      =  token / host / quoted-string

They are kept as a tuple of (name in lower case, value as written or None) in the order of the
wire: a value that was quoted stays quoted, so writing them gives back what was read.
"""

import re

from rollcall.sip.errors import ParseError

Parameters = tuple[tuple[str, str | None], ...]

MAX_PARAMETERS = 64
"""Parameters of one value: four times the most that a phone with outbound and push sends."""

_SEGMENT = re.compile(r'(?:[^;"]++|"[^"\\]*+(?:\\.[^"\\]*+)*")*', re.DOTALL)

_KNOWN = {
    name: name
    for name in [
        "branch",
        "rport",
        "received",
        "maddr",
        "ttl",
        "transport",
        "lr",
        "ob",
        "user",
        "tag",
        "expires",
        "q",
        "+sip.instance",
        "reg-id",
    ]
}
"""Spellings that need no folding, which is nearly all there are."""


def split_parameters(text: str) -> list[str]:
    """Split `;a=1;b="x;y"` at its semicolons, those inside quotes left alone.

    The text starts with the first semicolon, or is empty. The segments keep their white space.
    Raises ParseError 400 for an unclosed quote or too many parameters.
    """
    segments = text.split(";")
    if '"' in text:
        segments = _rejoin_quoted(text, segments)
    if segments[0] and segments[0].strip():
        raise ParseError(400, "Unexpected text before a parameter")
    if len(segments) > MAX_PARAMETERS + 1:
        raise ParseError(400, "Too many parameters")
    return segments[1:]


def _rejoin_quoted(text: str, segments: list[str]) -> list[str]:
    """Undo the cuts inside quotes. Nearly always there are none, which counting quotes shows."""
    if "\\" not in text and all(segment.count('"') % 2 == 0 for segment in segments):
        return segments
    result = []
    position = -1
    while position < len(text):
        segment = _SEGMENT.match(text, position + 1)
        if segment is None or text[segment.end() : segment.end() + 1] not in ("", ";"):
            raise ParseError(400, "Unclosed quote in a parameter")
        position = segment.end()
        result.append(segment[0])
    return result


def parse_parameters(text: str) -> Parameters:
    """Decode `;a=1;b`. Empty segments are dropped: devices write `;;` and a trailing `;`."""
    result: list[tuple[str, str | None]] = []
    for segment in split_parameters(text):
        name, equals, value = segment.partition("=")
        name = _KNOWN.get(name) or name.strip().lower()
        if equals:
            result.append((name, value.strip()))
        elif name:
            result.append((name, None))
    return tuple(result)


def parameter(parameters: Parameters, name: str) -> str | None:
    """Give the value of the first parameter of that lower-case name; "" when it has none."""
    for key, value in parameters:
        if key == name:
            return "" if value is None else value
    return None


def write_parameters(parameters: Parameters) -> str:
    """Give the wire form, `;a=1;b`."""
    if not parameters:
        return ""
    return "".join(
        [f";{name}" if value is None else f";{name}={value}" for name, value in parameters]
    )
