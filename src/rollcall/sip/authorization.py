"""Digest credentials and challenges (RFC 3261 section 22.4, RFC 7616, RFC 8760).

    credentials      =  ("Digest" LWS digest-response) / other-response
    digest-response  =  dig-resp *(COMMA dig-resp)

Lenient where devices are sloppy (quoted algorithm, qop and nc, any order and spacing), strict where
leniency would help an attacker: a parameter that is there twice is refused.
"""

import re

import msgspec

from rollcall.sip.errors import ParseError
from rollcall.sip.escapes import unescape
from rollcall.sip.grammar import quote, unquote

MAX_DIRECTIVES = 32
"""Directives in one Authorization line: twice what RFC 7616 defines."""

_DIRECTIVE = re.compile(
    r"""\s*+([A-Za-z0-9.!%*_+`'~-]++)\s*+=\s*+
    ("[^"\\]*+(?:\\.[^"\\]*+)*"|[^\s",]*+)\s*+(?:,|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_HEX = re.compile(r"[0-9A-Fa-f]{1,8}")


class Credentials(msgspec.Struct, frozen=True, gc=False):
    """What a client answers a challenge with. Text fields are unquoted."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    """Lower-case hexadecimal digits."""
    algorithm: str = "MD5"
    """As written; MD5 when absent (RFC 7616 section 3.4)."""
    cnonce: str = ""
    opaque: str = ""
    qop: str = ""
    """`auth`, `auth-int` or another token in lower case; empty when absent (RFC 2069 clients)."""
    nc: int = 0
    """Nonce count; 0 when absent."""
    raw_nc: str = ""
    """Nonce count as written: these digits go into the response."""
    userhash: bool = False
    """The username is a hash (RFC 7616 section 3.4.4)."""

    def __str__(self) -> str:
        text = (
            f"Digest username={quote(self.username)}, realm={quote(self.realm)}, "
            f"nonce={quote(self.nonce)}, uri={quote(self.uri)}, response={quote(self.response)}, "
            f"algorithm={self.algorithm}"
        )
        if self.cnonce:
            text += f", cnonce={quote(self.cnonce)}"
        if self.opaque:
            text += f", opaque={quote(self.opaque)}"
        if self.qop:
            text += f", qop={self.qop}, nc={self.raw_nc}"
        return f"{text}, userhash=true" if self.userhash else text


class Challenge(msgspec.Struct, frozen=True, gc=False):
    """What a server asks with, one per algorithm."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = "auth"
    """Offered protections, separated by commas; empty to offer none."""
    stale: bool = False
    opaque: str = ""

    def __str__(self) -> str:
        text = f"Digest realm={quote(self.realm)}, nonce={quote(self.nonce)}"
        if self.opaque:
            text += f", opaque={quote(self.opaque)}"
        if self.stale:
            text += ", stale=true"
        text += f", algorithm={self.algorithm}"
        return f'{text}, qop="{self.qop}"' if self.qop else text


def is_digest(line: str) -> bool:
    """Tell whether an Authorization or WWW-Authenticate line is of the Digest scheme."""
    return line[:7].lower() == "digest " or line[:7].lower() == "digest\t"


def parse_credentials(line: str) -> Credentials:
    """Read one Authorization or Proxy-Authorization line of the Digest scheme.

    Raises ParseError 400 when a directive the response depends on is missing, there twice or
    malformed.
    """
    given = parse_directives(line)
    get = given.get
    try:
        nonce, uri, response = given["nonce"], given["uri"], given["response"]
        realm = given["realm"]
        username = given["username"] if "username" in given else _extended(given["username*"])
    except KeyError as missing:
        name = str(missing.args[0]).rstrip("*")
        raise ParseError(400, f"Digest credentials without {name}") from None
    qop = get("qop", "")
    raw_nc = get("nc", "")
    if qop:
        qop = qop.lower()
        if not raw_nc or "cnonce" not in given:
            raise ParseError(400, "Digest credentials with qop but without nc or cnonce")
    return Credentials(
        username,
        realm,
        nonce,
        uri,
        response.lower(),
        get("algorithm", "MD5"),
        get("cnonce", ""),
        get("opaque", ""),
        qop,
        _nonce_count(raw_nc) if raw_nc else 0,
        raw_nc,
        "userhash" in given and given["userhash"].lower() == "true",
    )


def parse_challenge(line: str) -> Challenge:
    """Read one WWW-Authenticate or Proxy-Authenticate line. Raises ParseError 400."""
    given = parse_directives(line)
    if "realm" not in given or "nonce" not in given:
        raise ParseError(400, "Digest challenge without realm or nonce")
    return Challenge(
        given["realm"],
        given["nonce"],
        given.get("algorithm", "MD5"),
        given.get("qop", "").lower(),
        given.get("stale", "").lower() == "true",
        given.get("opaque", ""),
    )


def parse_directives(line: str) -> dict[str, str]:
    """Give the directives of a Digest line by lower-case name, values unquoted.

    Raises ParseError 400. The loop reads what nearly every device writes, values without commas,
    backslashes or stray quotes; anything else goes to the complete grammar.
    """
    if not is_digest(line):
        raise ParseError(400, "Not the Digest scheme")
    if "\\" in line:
        return _parse_directives_slowly(line[7:])
    given: dict[str, str] = {}
    pieces = line[7:].split(",")
    if len(pieces) > MAX_DIRECTIVES:
        raise ParseError(400, "Too many directives in Digest credentials")
    for piece in pieces:
        name, _, value = piece.partition("=")
        key = _KNOWN.get(name) or name.strip().lower()
        quoted, opening, rest = value.partition('"')
        if opening:
            content, closing, after = rest.partition('"')
            if not closing or quoted.strip() or after.strip():
                return _parse_directives_slowly(line[7:])
            given[key] = content
        else:
            given[key] = quoted.strip()
    if len(given) != len(pieces) or "" in given:
        return _parse_directives_slowly(line[7:])
    return given


_KNOWN = {
    spelling: name
    for name in [
        "username",
        "realm",
        "nonce",
        "uri",
        "response",
        "algorithm",
        "cnonce",
        "opaque",
        "qop",
        "nc",
        "userhash",
        "stale",
    ]
    for spelling in (name, f" {name}")
}
"""Spellings that need no folding, which is nearly all there are."""


def _parse_directives_slowly(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    position = 0
    text = text.strip().rstrip(",")
    while position < len(text):
        match = _DIRECTIVE.match(text, position)
        if match is None:
            raise ParseError(400, "Malformed Digest credentials")
        name = match[1].lower()
        if name in given:
            raise ParseError(400, "Directive twice in Digest credentials")
        given[name] = unquote(match[2])
        if len(given) > MAX_DIRECTIVES:
            raise ParseError(400, "Too many directives in Digest credentials")
        position = match.end()
    return given


def _nonce_count(text: str) -> int:
    if _HEX.fullmatch(text) is None:
        raise ParseError(400, "Malformed nonce count")
    return int(text, 16)


def _extended(text: str) -> str:
    """Read a `username*` value, UTF-8''J%C3%A4s%C3%B8n (RFC 7616 section 4, RFC 5987)."""
    charset, _, rest = text.partition("'")
    _, quote_mark, value = rest.partition("'")
    if charset.upper() != "UTF-8" or not quote_mark:
        raise ParseError(400, "Malformed extended username")
    return unescape(value)
