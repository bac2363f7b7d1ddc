"""Display name, URI and parameters: From, To, Contact, Route (RFC 3261 sections 20.10, 25.1).

    name-addr  =  [ display-name ] LAQUOT addr-spec RAQUOT
    From       =  ( name-addr / addr-spec ) *( SEMI generic-param )

Without angle brackets all parameters belong to the header field, not to the URI (section 20).
"""

import re

import msgspec

from rollcall.sip.errors import ParseError
from rollcall.sip.grammar import QUOTED, quote, unquote
from rollcall.sip.parameters import Parameters, parameter, parse_parameters, write_parameters
from rollcall.sip.uri import MAX_URI, SipUri, Uri, parse_any_uri

_PLAIN = re.compile(r"<(sips?):([A-Za-z0-9]+)@([A-Za-z0-9.-]+)>")
"""What nearly every To is: a number at a host, without anything that needs a closer look."""

_NEEDS_BRACKETS = re.compile(r"[,;?]")


class NameAddress(msgspec.Struct, frozen=True, gc=False):
    """Who is meant: a URI with what the header field says about it."""

    display_name: str
    """Unquoted; empty when there is none."""
    uri: Uri
    params: Parameters = ()
    """Parameters of the header field, not of the URI."""

    @property
    def tag(self) -> str | None:
        """The dialog tag."""
        return parameter(self.params, "tag")

    def __str__(self) -> str:
        name = f"{quote(self.display_name)} " if self.display_name else ""
        return f"{name}<{self.uri}>{write_parameters(self.params)}"


def split_name_address(text: str) -> tuple[str, str, str, bool]:
    """Cut a value into display name, URI, the parameters' text, and whether it had brackets.

    Raises ParseError 400 for an unclosed quote or bracket. RFC 4475 3.1.2.14 and 3.1.2.15: spaces
    inside the brackets and unquoted punctuation in the name are tolerated.
    """
    text = text.strip()
    name = ""
    if text[:1] == '"':
        quoted = QUOTED.match(text)
        if quoted is None:
            raise ParseError(400, "Unclosed quote in a display name")
        name = unquote(quoted[0])
        text = text[quoted.end() :].lstrip()
        if text[:1] != "<":
            raise ParseError(400, "Display name without an address in angle brackets")
    start = text.find("<")
    if start >= 0:
        end = text.find(">", start)
        if end < 0:
            raise ParseError(400, "Unclosed angle bracket")
        if start:
            name = _bare_name(text[:start])
        return name, text[start + 1 : end].strip(), text[end + 1 :], True
    uri, semicolon, rest = text.partition(";")
    return "", uri.rstrip(), semicolon + rest, False


def _bare_name(text: str) -> str:
    if '"' in text or ">" in text:
        raise ParseError(400, "Malformed display name")
    return text.strip()


def parse_name_address(text: str) -> NameAddress:
    """Read one From, To or Route value. Raises ParseError 400."""
    plain = _PLAIN.fullmatch(text)
    if plain is not None and len(text) <= MAX_URI:
        scheme, user, host = plain.groups()
        return NameAddress("", SipUri(scheme, user, host.lower()))
    name, uri, tail, bracketed = split_name_address(text)
    if not bracketed and _NEEDS_BRACKETS.search(uri):
        raise ParseError(400, "Address with ? or , needs angle brackets")
    return NameAddress(name, parse_any_uri(uri), parse_parameters(tail))
