"""Via: the way an answer takes back (RFC 3261 section 20.42, RFC 3581).

via-parm       =  sent-protocol LWS sent-by *( SEMI via-params )
sent-protocol  =  protocol-name SLASH protocol-version SLASH transport
sent-by        =  host [ COLON port ]
"""

import re
from typing import Literal

import msgspec

from rollcall.sip.errors import ParseError
from rollcall.sip.parameters import Parameters, parameter, parse_parameters, write_parameters

_VIA = re.compile(
    r"""\s*+(?:(SIP/2\.0)|([A-Za-z0-9.!%*_+`'~-]++)\s*+/\s*+([A-Za-z0-9.!%*_+`'~-]++)\s*+)
    /\s*+([A-Za-z0-9.!%*_+`'~-]++)\s++
    ([A-Za-z0-9._-]++|\[[0-9A-Fa-f:.]++\])\s*+     # host
    (?::\s*+([0-9]{1,5}+)\s*+)?                    # port
    (;.*+)?""",
    re.VERBOSE | re.DOTALL,
)


_PLAIN_TAIL = re.compile(r"(;rport)?;branch=([A-Za-z0-9.-]+)(;rport)?")
"""The parameters that nearly every device sends: a branch, and rport on one side of it."""

_RPORT: tuple[str, str | None] = ("rport", None)


class Via(msgspec.Struct, frozen=True, gc=False):
    """One hop."""

    protocol: str
    """Name and version, upper case: `SIP/2.0`."""
    transport: str
    """Upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS`, or whatever was written."""
    host: str
    """Lower case; an IPv6 address without its brackets."""
    port: int | None
    params: Parameters = ()
    branch: str = ""
    """Empty when there is none (RFC 2543 senders)."""
    rport: int | Literal[""] | None = None
    """None: not asked for. "": asked for. A number: filled in (RFC 3581 section 3)."""

    @property
    def received(self) -> str | None:
        """The source address an earlier hop noted, IPv6 without brackets (RFC 5118 4.5)."""
        value = parameter(self.params, "received")
        return None if value is None else value.strip("[]").lower()

    @property
    def maddr(self) -> str | None:
        """The multicast address the sender asks to be answered at."""
        value = parameter(self.params, "maddr")
        return None if value is None else value.strip("[]").lower()

    @property
    def sent_by(self) -> str:
        """Host and port as written in the field."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        params = write_parameters(self.params)
        return f"{self.protocol}/{self.transport} {self.sent_by}{params}"


def parse_via(text: str) -> Via:
    """Read one Via value. Raises ParseError 400 when no answer could find its way by it."""
    match = _VIA.fullmatch(text)
    if match is None:
        raise ParseError(400, "Malformed Via header field")
    protocol, name, version, transport, host, digits, tail = match.groups()
    if protocol is None:
        protocol = f"{name}/{version}".upper()
    port = None
    if digits is not None:
        port = int(digits)
        if port > 65535:
            raise ParseError(400, "Port out of range in Via")
    if host[0] == "[":
        host = host[1:-1]
    plain = _PLAIN_TAIL.fullmatch(tail or "")
    if plain is not None and not (plain[1] and plain[3]):
        first, branch, last = plain.groups()
        tag: tuple[str, str | None] = ("branch", branch)
        if first:
            params: Parameters = (_RPORT, tag)
        else:
            params = (tag, _RPORT) if last else (tag,)
        asked: Literal[""] | None = "" if first or last else None
        return Via(protocol, transport.upper(), host.lower(), port, params, branch, asked)
    params = parse_parameters(tail) if tail else ()
    branch = ""
    rport: int | Literal[""] | None = None
    for key, value in params:
        if key == "branch":
            branch = value or ""
        elif key == "rport":
            rport = _rport(value or "")
    return Via(protocol, transport.upper(), host.lower(), port, params, branch, rport)


def _rport(text: str) -> int | Literal[""]:
    """Read a filled-in rport; what is no port counts as asked for."""
    if not text.isdecimal() or len(text) > 5:
        return ""
    port = int(text)
    return port if port <= 65535 else ""
