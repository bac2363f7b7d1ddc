"""Contact: where a device asks to be reached (RFC 3261 section 20.10, RFC 5626 section 4.1).

    Contact         =  STAR / (contact-param *(COMMA contact-param))
    contact-params  =  c-p-q / c-p-expires / contact-extension

A device that does not find its Contact in the 200 exactly as it wrote it believes that it is not
registered. So `text` keeps the bytes, and only the `expires` parameter is cut out of them.
"""

import re
from typing import Final

import msgspec

from rollcall.sip.errors import ParseError
from rollcall.sip.grammar import unquote
from rollcall.sip.name_address import split_name_address
from rollcall.sip.parameters import Parameters, parse_parameters, split_parameters
from rollcall.sip.uri import Uri, parse_any_uri

MAX_EXPIRES = 2**32 - 1
"""Largest delta-seconds (RFC 3261 section 20.19); anything longer means this."""

MALFORMED_EXPIRES = 3600
"""What an unreadable expires counts as (RFC 3261 sections 10.2.1.1 and 20.19)."""

_QVALUE = re.compile(r"0?\.[0-9]{1,3}|[01](?:\.[0-9]{0,3})?")


class Star:
    """`Contact: *`: all bindings. There is one of it, STAR."""

    __slots__ = ()

    def __str__(self) -> str:
        return "*"


STAR: Final = Star()


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One Contact value."""

    text: str
    """As written, without the expires parameter; `;expires=N` may be appended to it as it is."""
    uri: Uri
    params: Parameters = ()
    """Parameters of the header field, expires among them."""
    q: int | None = None
    """Preference in thousandths."""
    expires: int | None = None
    """Seconds asked for; None when the value does not say."""
    instance_id: str = ""
    """`+sip.instance` without quotes and angle brackets; `urn:uuid:` in lower case."""
    reg_id: int = 0
    """`reg-id`; 0 when there is none."""

    def __str__(self) -> str:
        return self.text if self.expires is None else f"{self.text};expires={self.expires}"


def parse_expires(text: str) -> int:
    """Read delta-seconds: clamped to MAX_EXPIRES, MALFORMED_EXPIRES when not a number."""
    if not (text.isascii() and text.isdecimal()):
        return MALFORMED_EXPIRES
    return int(text) if len(text) < 10 else min(int(text[:64]), MAX_EXPIRES)


def parse_contact(text: str) -> Contact:
    """Read one Contact value. Raises ParseError 400 for a bad address or q."""
    text = text.strip()
    _, address, tail, bracketed = split_name_address(text)
    if not bracketed and ("?" in address or "," in address):
        raise ParseError(400, "Contact address with ? or , needs angle brackets")
    uri = parse_any_uri(address)
    if not tail:
        return Contact(text, uri)
    params = parse_parameters(tail)
    q = expires = None
    instance_id = ""
    reg_id = 0
    for name, value in params:
        if name == "expires":
            expires = parse_expires(unquote(value or ""))
        elif name == "q":
            q = _parse_q(value or "")
        elif name == "+sip.instance":
            instance_id = _parse_instance(value or "")
        elif name == "reg-id":
            reg_id = _parse_reg_id(value or "")
    if expires is not None:
        text = _without_expires(text, tail)
    return Contact(text, uri, params, q, expires, instance_id, reg_id)


def _without_expires(text: str, tail: str) -> str:
    """Cut every expires parameter out of `tail`, with which `text` ends, and nothing else."""
    address = text[: len(text) - len(tail)]
    before, found, after = tail.partition(";expires=")
    if found and '"' not in tail:
        _, semicolon, rest = after.partition(";")
        if "xpires" not in rest.lower() and "xpires" not in before.lower():
            return f"{address}{before}{semicolon}{rest}"
    kept = [
        segment
        for segment in split_parameters(tail)
        if segment.partition("=")[0].strip().lower() != "expires"
    ]
    return ";".join([address, *kept]).rstrip()


def _parse_q(text: str) -> int:
    if _QVALUE.fullmatch(text) is None:
        raise ParseError(400, "Malformed q parameter in Contact")
    whole, _, fraction = text.partition(".")
    thousandths = int(whole or "0") * 1000 + int(fraction.ljust(3, "0") or "0")
    if thousandths > 1000:
        raise ParseError(400, "Parameter q above 1 in Contact")
    return thousandths


def _parse_instance(text: str) -> str:
    value = unquote(text).strip()
    if value[:1] == "<" and value[-1:] == ">":
        value = value[1:-1]
    return value.lower() if value[:9].lower() == "urn:uuid:" else value


def _parse_reg_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 10:
        return 0
    value = int(text)
    return value if value < 2**31 else 0


def parse_contacts(values: list[str]) -> list[Contact] | Star:
    """Read all Contact values of a request: contacts, none of them, or the star.

    Raises ParseError 400 for a star beside other contacts (RFC 3261 section 10.3, step 6) or with
    parameters.
    """
    if "*" in values:
        if len(values) > 1:
            raise ParseError(400, "Contact * beside other contacts")
        return STAR
    if any(value[:1] == "*" for value in values):
        # The grammar has no parameters for it (section 25.1): `*;expires=0` says nothing.
        raise ParseError(400, "Contact * takes no parameters, use Expires: 0")
    return [parse_contact(value) for value in values]
