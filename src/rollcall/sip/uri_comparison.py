"""When two URIs are the same (RFC 3261 section 19.1.4, RFC 3966 section 5)."""

from rollcall.sip.escapes import normalise
from rollcall.sip.parameters import Parameters
from rollcall.sip.uri import OtherUri, SipUri, TelUri, Uri

_NEVER_ONE_SIDED = frozenset({"user", "ttl", "method", "maddr", "transport"})
"""URI parameters that make a difference when only one URI has them. The RFC's text names the first
four; its examples add transport, "can resolve to different transports"."""


def equivalent(a: Uri, b: Uri) -> bool:
    """Tell whether two URIs are equivalent. Not transitive, by the RFC's own rules."""
    if isinstance(a, SipUri) and isinstance(b, SipUri):
        return (
            a.user == b.user
            and a.host == b.host
            and a.port == b.port
            and a.scheme == b.scheme
            and _password(a) == _password(b)
            and _parameters_match(a.params, b.params)
            and _headers(a.headers) == _headers(b.headers)
        )
    if isinstance(a, TelUri) and isinstance(b, TelUri):
        return a.digits == b.digits and _folded(a.params) == _folded(b.params)
    return isinstance(a, OtherUri) and isinstance(b, OtherUri) and a == b


def _password(uri: SipUri) -> str | None:
    return None if uri.password is None else normalise(uri.password)


def _folded(params: Parameters) -> dict[str, str]:
    return {normalise(name).lower(): normalise(value or "").lower() for name, value in params}


def _parameters_match(a: Parameters, b: Parameters) -> bool:
    if a == b:
        return True
    left, right = _folded(a), _folded(b)
    for name in left.keys() | right.keys():
        if name in left and name in right:
            if left[name] != right[name]:
                return False
        elif name in _NEVER_ONE_SIDED:
            return False
    return True


def _headers(text: str) -> list[tuple[str, str]]:
    """Give the header component in an order that can be compared; all of it counts."""
    if not text:
        return []
    pairs = (pair.partition("=") for pair in text.split("&"))
    return sorted((normalise(name).lower(), normalise(value).lower()) for name, _, value in pairs)
