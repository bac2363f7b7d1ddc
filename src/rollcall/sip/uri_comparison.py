"""When two URIs are the same (RFC 3261 section 19.1.4, RFC 3966 section 5)."""

from functools import lru_cache

from rollcall.sip.escapes import normalise
from rollcall.sip.parameters import Parameters
from rollcall.sip.uri import OtherUri, SipUri, TelUri, Uri

_NEVER_ONE_SIDED = frozenset({"user", "ttl", "method", "maddr", "transport"})
"""URI parameters that make a difference when only one URI has them. The RFC's text names the first
four; its examples add transport, "can resolve to different transports"."""


_REMEMBERED = 256
"""Parts of URIs whose decoded form is remembered: a request compares each of its Contacts with all
others and all bindings, and what they consist of is the choice of whoever sends it."""


def equivalent(a: Uri, b: Uri) -> bool:
    """Tell whether two URIs are equivalent. Not transitive, by the RFC's own rules."""
    if isinstance(a, SipUri) and isinstance(b, SipUri):
        return (
            a.user == b.user
            and a.host == b.host
            and a.port == b.port
            and a.scheme == b.scheme
            and _passwords_match(a.password, b.password)
            and _parameters_match(a.params, b.params)
            and (a.headers == b.headers or _headers(a.headers) == _headers(b.headers))
        )
    if isinstance(a, TelUri) and isinstance(b, TelUri):
        return a.digits == b.digits and _folded(a.params) == _folded(b.params)
    return isinstance(a, OtherUri) and isinstance(b, OtherUri) and a == b


def _passwords_match(a: str | None, b: str | None) -> bool:
    if a == b:
        return True
    return a is not None and b is not None and _normal(a) == _normal(b)


_normal = lru_cache(maxsize=_REMEMBERED)(normalise)


@lru_cache(maxsize=_REMEMBERED)
def _folded(params: Parameters) -> dict[str, str]:
    return {normalise(name).lower(): normalise(value or "").lower() for name, value in params}


def _parameters_match(a: Parameters, b: Parameters) -> bool:
    if a == b:
        return True
    differing = [name for name, _ in _folded(a).items() ^ _folded(b).items()]
    # A name that both have with different values is in the list twice.
    return len(set(differing)) == len(differing) and _NEVER_ONE_SIDED.isdisjoint(differing)


@lru_cache(maxsize=_REMEMBERED)
def _headers(text: str) -> list[tuple[str, str]]:
    """Give the header component in an order that can be compared; all of it counts."""
    if not text:
        return []
    pairs = (pair.partition("=") for pair in text.split("&"))
    return sorted((normalise(name).lower(), normalise(value).lower()) for name, _, value in pairs)
