"""What the registrar reads of a REGISTER, and what must hold before it looks at bindings.

RFC 3261 section 10.3 has eight steps. Here are steps 1 (Request-URI), 2 (Require), 4 (may this
user change this address-of-record) and 5 (To). Step 3, who is asking, is the guard's; 6 and 7 are
in `rollcall.registrar.decision`, and 8, the answer, is what they return.
"""

import ipaddress
from collections.abc import Iterable

import msgspec

from rollcall.model.record import NonceUse
from rollcall.model.refusal import Reason, Refusal
from rollcall.sip.contact import Contact, Star
from rollcall.sip.errors import ParseError
from rollcall.sip.escapes import unescape
from rollcall.sip.message import Request
from rollcall.sip.uri import SipUri

SUPPORTED_EXTENSIONS: frozenset[str] = frozenset()
"""Option tags a device may insist on (RFC 3261 section 19.2)."""

MAX_CONTACT = 2048
"""Longest Contact kept, in characters: the longest URI read, as push tokens can be long."""

MAX_CALL_ID = 512
"""Longest Call-ID kept, in characters: eight times what phones send. A stored binding is what a
stranger with one password can make grow, so its parts are bounded."""

MAX_USER_AGENT = 160
"""User-Agent kept, in characters; the rest is cut. Vendor, model, firmware and MAC fit."""

_STATUS_REASONS = {
    400: Reason.BAD_REQUEST,
    416: Reason.UNSUPPORTED_SCHEME,
    505: Reason.VERSION_NOT_SUPPORTED,
    513: Reason.MESSAGE_TOO_LARGE,
}


class RegisterRequest(msgspec.Struct, frozen=True, gc=False):
    """One REGISTER whose sender is known, as far as bindings are concerned."""

    aor: str
    """Canonical; the key of the record."""
    call_id: str
    cseq: int
    contacts: tuple[Contact, ...]
    """Empty for a fetch and for the star."""
    source_host: str
    """Where it really came from; IPv6 without brackets."""
    source_port: int
    transport: str
    """udp, tcp; later tls, ws, wss."""
    local: str
    """Our address that was asked, `host:port`."""
    serial: int
    """Id of the first new binding; further ones count up from it."""
    star: bool = False
    """`Contact: *`"""
    expires: int | None = None
    """Seconds of the Expires header; None without one."""
    connection: int = 0
    """Number of the stream connection; 0 for datagrams."""
    via_host: str = ""
    """Sent-by of the topmost Via: where the sender believes to be. Empty: not known."""
    via_port: int = 0
    """0: none written."""
    rport: bool = False
    """Whether the topmost Via asks for `rport` (RFC 3581)."""
    user_agent: str = ""
    nonces: tuple[NonceUse, ...] = ()
    """What the record's nonces become."""
    fingerprint: int = 0
    """Names the very request, as in `NonceUse.request`."""


class Domains:
    """The domains served. With none configured, every domain is served as one."""

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(_written_once(name.lower()) for name in names)

    def serve(self, host: str) -> bool:
        """Tell whether `host`, in lower case and without brackets, is ours."""
        return not self._names or host.rstrip(".") in self._names


def _written_once(name: str) -> str:
    """Give a domain in the form in which hosts of URIs come: IPv6 bare and in its shortest form."""
    name = name.strip("[]").rstrip(".")
    try:
        return ipaddress.IPv6Address(name).compressed
    except ValueError:
        return name


def refuse_malformed(error: ParseError) -> Refusal:
    """Give the refusal that a parse error leads to; its reason phrase says what is wrong."""
    reason = _STATUS_REASONS.get(error.status, Reason.BAD_REQUEST)
    return Refusal(reason, error.reason, (), error.reason)


def preconditions(message: Request, domains: Domains) -> str | Refusal:
    """Give the number (user part of To, unescaped) that shall be registered, or the refusal.

    RFC 3261 section 10.3, steps 1, 2 and 5. The domain of the address-of-record is the phone's, not
    the one in To: all served domains are one name space (we diverge: step 5 keeps the domain).
    """
    try:
        target = message.request_uri()
        to = message.to().uri
        required = message.require() if "require" in message.headers else ()
    except ParseError as error:
        return refuse_malformed(error)
    if not isinstance(target, SipUri):
        return Refusal(Reason.UNSUPPORTED_SCHEME, "the Request-URI is not a SIP URI")
    if not domains.serve(target.host):
        return Refusal(Reason.WRONG_DOMAIN, f"Request-URI names {target.host}")
    if required:
        unknown = [tag for tag in required if tag not in SUPPORTED_EXTENSIONS]
        if unknown:
            tags = ", ".join(unknown)
            return Refusal(
                Reason.UNSUPPORTED_EXTENSION, f"Require: {tags}", (("Unsupported", tags),)
            )
    if not isinstance(to, SipUri):
        return Refusal(Reason.UNSUPPORTED_SCHEME, "the To header is not a SIP URI")
    if not domains.serve(to.host):
        return Refusal(Reason.WRONG_DOMAIN, f"To names {to.host}")
    if not to.user:
        return Refusal(Reason.WRONG_DOMAIN, "To names no user")
    return unescape(to.user)


def permission(user: str, number: str) -> Refusal | None:
    """Tell whether the authenticated `user` may change the bindings of `number`: only its own.

    RFC 3261 section 10.3, step 4.
    """
    if user == number:
        return None
    return Refusal(Reason.NOT_YOUR_AOR, f"credentials of {user}, To names {number}")


def read_register(
    message: Request,
    *,
    aor: str,
    source_host: str,
    source_port: int,
    transport: str,
    local: str,
    serial: int,
    connection: int = 0,
    nonces: tuple[NonceUse, ...] = (),
    fingerprint: int = 0,
) -> RegisterRequest | Refusal:
    """Give what the registrar needs of a REGISTER, or the refusal of a malformed one.

    A Path header is passed over: RFC 3327 is not supported yet, and a registrar that does not
    support it answers without the Path, from which an edge that insists on it knows.
    """
    try:
        contacts = message.contacts()
        via = message.top_via()
        cseq = message.cseq().number
    except ParseError as error:
        return _refuse_contacts(message, error)
    call_id = message.call_id
    refusal = _refuse_shape(message, contacts, call_id)
    if refusal is not None:
        return refusal
    return RegisterRequest(
        aor,
        call_id,
        cseq,
        () if isinstance(contacts, Star) else tuple(contacts),
        source_host,
        source_port,
        transport,
        local,
        serial,
        isinstance(contacts, Star),
        message.expires(),
        connection,
        via.host,
        via.port or 0,
        via.rport is not None,
        message.user_agent[:MAX_USER_AGENT],
        nonces,
        fingerprint,
    )


def _refuse_contacts(message: Request, error: ParseError) -> Refusal:
    """Name a star among other contacts by its own reason (RFC 3261 section 10.3, step 6)."""
    try:
        values = message.values("contact")
    except ParseError:
        values = []
    if "*" in values and len(values) > 1:
        return Refusal(Reason.STAR_NOT_ALONE, f"{len(values)} Contact values, one of them *")
    return refuse_malformed(error)


def _refuse_shape(message: Request, contacts: list[Contact] | Star, call_id: str) -> Refusal | None:
    """Refuse what would be a fetch by mistake, and what is too large to be kept."""
    if not isinstance(contacts, Star):
        if not contacts and "contact" in message.headers:
            # Taking it for a fetch would answer 200 to a device that thinks it registered.
            return Refusal(Reason.BAD_REQUEST, "empty Contact header", (), "Empty Contact")
        for contact in contacts:
            if len(contact.text) > MAX_CONTACT:
                return Refusal(Reason.MESSAGE_TOO_LARGE, f"Contact longer than {MAX_CONTACT}")
    if len(call_id) > MAX_CALL_ID:
        return Refusal(Reason.MESSAGE_TOO_LARGE, f"Call-ID longer than {MAX_CALL_ID}")
    return None
