"""Which device is it? Finds the binding that a Contact is about.

Two Contacts are one device's flow when

- both name an instance (RFC 5626 section 4.1) and instance and reg-id are equal, whatever the URI.
  We diverge: section 6 of the RFC wants the instance compared only together with a reg-id; but a
  phone that says which one it is and moves to another address is still that phone, and its old
  binding would be a dead one that delays calls;
- else, the URIs are equivalent (RFC 3261 section 19.1.4).

A third way is the move: see `find_moved`.
"""

from collections.abc import Sequence
from functools import lru_cache

from rollcall.model.record import Binding, Tombstone
from rollcall.registrar.request import RegisterRequest
from rollcall.sip.contact import Contact, parse_contact
from rollcall.sip.uri import SipUri, Uri
from rollcall.sip.uri_comparison import equivalent

_CACHED = 256
"""Stored Contacts whose URI is remembered: all that one AOR may have and more, so that a request
with many new Contacts decodes each stored one once."""


@lru_cache(maxsize=_CACHED)
def uri_of(contact: str) -> Uri:
    """Give the URI of a stored Contact text, which was read successfully once."""
    return parse_contact(contact).uri


def same_device(contact: Contact, known: Binding | Tombstone | Contact) -> bool:
    """Tell whether `contact` is about what is known already."""
    if isinstance(known, Contact):
        text, uri = known.text, known.uri
    else:
        text, uri = known.contact, None
    if contact.text == text:
        return True
    if contact.instance_id and known.instance_id:
        return contact.instance_id == known.instance_id and contact.reg_id == known.reg_id
    return equivalent(contact.uri, uri_of(text) if uri is None else uri)


def find(bindings: Sequence[Binding], contact: Contact) -> int:
    """Give the index of the binding that `contact` is about; -1 when there is none.

    Identical text goes first: equivalence is not transitive, so several may be equivalent.
    """
    text = contact.text
    for index, binding in enumerate(bindings):
        if binding.contact == text:
            return index
    for index, binding in enumerate(bindings):
        if same_device(contact, binding):
            return index
    return -1


def find_moved(bindings: Sequence[Binding], contact: Contact, request: RegisterRequest) -> int:
    """Give the index of the binding that this device had at its previous address; -1 for none.

    A phone behind NAT whose address changed (new lease, other network, restarted router) sends the
    next REGISTER of the same Call-ID with another Contact. RFC 3261 section 10.2 lets a device use
    one Call-ID for several Contacts, and these must stay apart. So it is a move only when the
    request has this one Contact, with the same user part, follows the binding's own request, and
    comes from elsewhere than a binding that was reached behind NAT.
    """
    if len(request.contacts) != 1 or not isinstance(contact.uri, SipUri):
        return -1
    for index, binding in enumerate(bindings):
        if (
            binding.call_id == request.call_id
            and binding.cseq < request.cseq
            and binding.behind_nat
            and (
                binding.source_host != request.source_host
                or binding.source_port != request.source_port
            )
            and not (binding.instance_id or contact.instance_id)
        ):
            uri = uri_of(binding.contact)
            if isinstance(uri, SipUri) and uri.user == contact.uri.user:
                return index
    return -1


def last_of_each(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Drop Contacts that a later one of the same request is about again: the last one counts.

    The RFC does not say what two Contacts of one device in one request mean. Reading them in order
    gives the last one the last word, also for "remove, then add" and its reverse.
    """
    kept: list[Contact] = []
    for contact in reversed(contacts):
        if not any(same_device(contact, later) for later in kept):
            kept.append(contact)
    return tuple(reversed(kept))
