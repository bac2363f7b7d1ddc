"""`%HH` escapes in URIs (RFC 3261 section 19.1.2, RFC 2396 section 2.4).

    unreserved       =  alphanum / "-" / "_" / "." / "!" / "~" / "*" / "'" / "(" / ")"
    user-unreserved  =  "&" / "=" / "+" / "$" / "," / ";" / "?" / "/"

Section 19.1.4 makes an escape equal to its character only outside the reserved set: `%61` is `a`,
but `%2B` is not `+`. The first form is resolved while reading, so that equal URIs are equal
strings; the second stays as written, with upper-case digits.
"""

import re
import string

UNRESERVED = frozenset(string.ascii_letters + string.digits + "-_.!~*'()")
USER_PLAIN = UNRESERVED | frozenset("&=+$,;?/")

_ESCAPE_RUN = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_TO_NORMALISE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-_.!~*'()&=+$,;?/:\[\]@]")


def unescape(text: str) -> str:
    """Give `text` with every escape resolved, as UTF-8 or else latin-1: for people to read."""
    if "%" not in text:
        return text
    return _ESCAPE_RUN.sub(_decode_run, text)


def _decode_run(match: re.Match[str]) -> str:
    data = bytes.fromhex(match[0].replace("%", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def normalise(text: str, plain: frozenset[str] = UNRESERVED) -> str:
    """Give the one spelling of all that are equivalent.

    Escapes of characters in `plain` are resolved, other escapes get upper-case digits, and what
    may never stand unescaped in a URI (spaces, quotes, non-ASCII, a lone "%") is escaped.
    """
    if text.isalnum() and text.isascii():
        return text

    def replace(match: re.Match[str]) -> str:
        found = match[0]
        if len(found) == 3:
            character = chr(int(found[1:], 16))
            return character if character in plain else found.upper()
        return "".join([f"%{byte:02X}" for byte in found.encode(errors="replace")])

    return _TO_NORMALISE.sub(replace, text)
