"""SIP, SIPS and tel URIs: reading, writing, comparing (RFC 3261 section 19.1, RFC 3966).

    SIP-URI   =  "sip:" [ userinfo ] hostport uri-parameters [ headers ]
    userinfo  =  ( user / telephone-subscriber ) [ ":" password ] "@"
    hostport  =  host [ ":" port ]
    host      =  hostname / IPv4address / "[" IPv6address "]"

We diverge: host names may contain "_" (devices register from such hosts), and characters that
should have been escaped are escaped instead of refused, except those that would end the URI
(white space, quotes, angle brackets).
"""

import ipaddress
import re
from typing import TypeAlias

import msgspec

from rollcall.sip.errors import ParseError
from rollcall.sip.escapes import USER_PLAIN, normalise
from rollcall.sip.parameters import Parameters, parameter, parse_parameters, write_parameters

MAX_URI = 2048
"""Longest URI read, in characters: twice the longest of RFC 4475's extreme but valid message."""

_SIP = re.compile(
    r"""(sips?):
    (?:([^@:\s"<>]++)(?::([^@\s"<>]*+))?@)?     # user, password
    (\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9._-]++)      # host
    (?::([0-9]{1,5}+))?                         # port
    (;[^?\s<>]*+)?                              # parameters
    (?:\?([^\s"<>]*+))?                         # headers
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TEL = re.compile(r"tel:([+0-9A-Fa-f*#().-]++)(;[^\s<>]*+)?", re.IGNORECASE)
_OTHER = re.compile(r'([A-Za-z][A-Za-z0-9+.-]*+):([^\s"<>]++)')
_VISUAL_SEPARATORS = str.maketrans("", "", "-.()")


class SipUri(msgspec.Struct, frozen=True, gc=False):
    """A `sip` or `sips` URI. Equality is of spelling; `equivalent` compares by the RFC's rules."""

    scheme: str
    """`sip` or `sips`."""
    user: str
    """User part with one spelling for equivalent escapes; empty when there is none."""
    host: str
    """Lower case; an IPv6 address without its brackets, in its shortest form."""
    port: int | None = None
    """As written: an absent port differs from 5060."""
    params: Parameters = ()
    headers: str = ""
    """What follows "?", as written."""
    password: str | None = None
    """Never shown, logged or stored: deprecated, and a secret all the same."""

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user:
            text += f"{self.user}@" if self.password is None else f"{self.user}:{self.password}@"
        text += f"[{self.host}]" if ":" in self.host else self.host
        if self.port is not None:
            text += f":{self.port}"
        if self.params:
            text += write_parameters(self.params)
        return f"{text}?{self.headers}" if self.headers else text

    def param(self, name: str) -> str | None:
        """Give the URI parameter of that lower-case name; "" when it has no value."""
        return parameter(self.params, name)


class TelUri(msgspec.Struct, frozen=True, gc=False):
    """A `tel` URI (RFC 3966)."""

    number: str
    """As written, visual separators included."""
    params: Parameters = ()

    @property
    def digits(self) -> str:
        """The number without visual separators, in lower case: equal numbers are equal."""
        return self.number.translate(_VISUAL_SEPARATORS).lower()

    def __str__(self) -> str:
        return f"tel:{self.number}{write_parameters(self.params)}"


class OtherUri(msgspec.Struct, frozen=True, gc=False):
    """A URI of another scheme. A Contact may be any (RFC 3261 section 10.2.1)."""

    scheme: str
    """Lower case."""
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


Uri: TypeAlias = SipUri | TelUri | OtherUri


def parse_uri(text: str) -> SipUri | TelUri:
    """Read a URI that can be routed by.

    Raises ParseError 400 when it is malformed, 416 when its scheme is another one (RFC 3261
    section 8.2.2.1).
    """
    uri = parse_any_uri(text)
    if isinstance(uri, OtherUri):
        raise ParseError(416, "Unsupported URI Scheme")
    return uri


def parse_any_uri(text: str) -> Uri:
    """Read a URI of any scheme. Raises ParseError 400 when it is malformed."""
    match = _SIP.fullmatch(text)
    if match is not None and len(text) <= MAX_URI:
        scheme, user, password, host, port, params, headers = match.groups()
        if host[0] == "[":
            host = _ipv6(host)
        return SipUri(
            scheme.lower(),
            normalise(user) if user else "",
            host.lower(),
            None if port is None else _port(port),
            () if params is None else parse_parameters(params),
            headers or "",
            password,
        )
    if len(text) > MAX_URI:
        raise ParseError(400, "URI too long")
    return _parse_other(text)


def _parse_other(text: str) -> TelUri | OtherUri:
    match = _TEL.fullmatch(text)
    if match is not None:
        return TelUri(match[1], parse_parameters(match[2] or ""))
    match = _OTHER.fullmatch(text)
    if match is None or match[1].lower() in ("sip", "sips", "tel"):
        raise ParseError(400, "Malformed URI")
    return OtherUri(match[1].lower(), match[2])


def _ipv6(bracketed: str) -> str:
    try:
        return ipaddress.IPv6Address(bracketed[1:-1]).compressed
    except ValueError:
        raise ParseError(400, "Malformed IPv6 address in a URI") from None


def _port(digits: str) -> int:
    port = int(digits)
    if port > 65535:
        raise ParseError(400, "Port out of range in a URI")
    return port


def canonical_aor(uri: SipUri | TelUri) -> str:
    """Give the canonical form of an address-of-record (RFC 3261 section 10.3, step 5).

    Scheme `sip`, user unescaped, host in lower case; no port, parameters, headers or password.
    We diverge: escapes of all characters that may stand plain in a user are resolved, also the
    reserved ones: phones write "%2B" for the "+" of a number and mean the same subscriber. And
    `sips` names the same AOR as `sip`. A `tel` URI gives `tel:` and its digits.
    """
    if isinstance(uri, TelUri):
        return f"tel:{uri.digits}"
    host = f"[{uri.host}]" if ":" in uri.host else uri.host
    user = normalise(uri.user, USER_PLAIN) if "%" in uri.user else uri.user
    return f"sip:{user}@{host}" if user else f"sip:{host}"
