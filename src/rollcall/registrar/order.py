"""Which of two requests is the newer one (RFC 3261 section 10.3, step 7).

A request with the Call-ID of a binding must have a higher CSeq; a lower one is late and refused. An
equal one is a retransmission when it says the same, and is answered from the record without
changing it; else it is refused. Another Call-ID means that the device restarted: no order.
What has ended left a tombstone that answers a late request in the binding's place.
"""

from rollcall.model.record import Binding, Tombstone
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.device import same_device
from rollcall.registrar.request import RegisterRequest
from rollcall.sip.contact import Contact


def refuse_late(request: RegisterRequest, known: Binding | Tombstone) -> Refusal:
    """Refuse the whole request because of what is known of one Contact."""
    ended = f" ({known.reason})" if isinstance(known, Tombstone) else ""
    detail = (
        f"CSeq {request.cseq} after {known.cseq} for {known.contact}{ended}, "
        f"Call-ID {request.call_id}"
    )
    return Refusal(Reason.OUT_OF_ORDER, detail)


def is_late(request: RegisterRequest, known: Binding | Tombstone) -> bool:
    """Tell whether `request` is not newer than the one that made what is known."""
    return request.cseq <= known.cseq and request.call_id == known.call_id


def is_same(request: RegisterRequest, contact: Contact, binding: Binding) -> bool:
    """Tell whether this is the very request that made the binding, come again."""
    return (
        request.cseq == binding.cseq
        and request.call_id == binding.call_id
        and contact.text == binding.contact
    )


def changes_flow(request: RegisterRequest, binding: Binding) -> bool:
    """Tell whether the request comes over another connection than the binding's.

    A device that lost its connection before the answer sends the same request over the next one. It
    is a retransmission, but the binding must follow its flow. Datagrams have no connection.
    """
    return request.connection not in (0, binding.connection)


def late_stone(
    tombstones: tuple[Tombstone, ...], request: RegisterRequest, contact: Contact
) -> Tombstone | None:
    """Give the tombstone that shows `request` to be late for `contact`."""
    for stone in tombstones:
        if is_late(request, stone) and same_device(contact, stone):
            return stone
    return None
