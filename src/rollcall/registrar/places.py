"""How many devices one AOR may have, and who goes when there are too many.

Devices are counted, not bindings: the flows of one instance (RFC 5626) are one device. A refresh
needs no new place and is never refused, also when the limit was lowered below what is there.

The oldest device is the one registered the longest. Not the one refreshed the longest ago: all
living devices refresh, so that would throw out a random one, and another one every time.
"""

from rollcall.model.phone import Policy
from rollcall.model.record import Binding, EndReason
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.draft import Draft

MAX_FLOWS = 4
"""Flows of one device: RFC 5626 section 4.2.1 asks for two, and each costs a place in the record.
One more replaces the device's oldest, whatever `register_replace` says of other devices (decision
0014)."""

LEAST_CONTACTS = 16
"""Contacts that one request may always have, see `most_contacts`."""

MIN_RETRY = 60
"""Seconds: seldom enough that a refused device costs nothing."""
MAX_RETRY = 600
"""Seconds: often enough that a free place is found within ten minutes."""


def device_of(binding: Binding) -> str | int:
    """Give what is equal for the flows of one device: its instance, else the binding itself."""
    return binding.instance_id or binding.id


def most_contacts(policy: Policy) -> int:
    """Give how many Contacts one request may have: as many as may be there, and as many anew.

    Each is compared with all others and with all bindings, which takes time.
    """
    return max(LEAST_CONTACTS, 2 * policy.max_bindings)


def drop_surplus_flows(draft: Draft, own: frozenset[int]) -> None:
    """End the oldest flows of devices that have more than `MAX_FLOWS`.

    `own` are the ids of the bindings of this request; they stay.
    """
    flows: dict[str | int, list[Binding]] = {}
    for binding in draft.bindings:
        flows.setdefault(device_of(binding), []).append(binding)
    for bindings in flows.values():
        surplus = len(bindings) - MAX_FLOWS
        if surplus > 0:
            detail = f"limit of {MAX_FLOWS} flows of one device"
            for binding in [one for one in bindings if one.id not in own][:surplus]:
                draft.end(binding, EndReason.REPLACED, detail=detail)


def make_room(draft: Draft, own: frozenset[int], policy: Policy) -> Refusal | None:
    """Bring the draft below the limit after new devices came in, or refuse.

    `own` are the ids of the bindings of this request; they do not give way to each other.
    """
    devices = dict.fromkeys(device_of(binding) for binding in draft.bindings)
    over = len(devices) - policy.max_bindings
    if over <= 0:
        return None
    mine = {device_of(binding) for binding in draft.bindings if binding.id in own}
    if not policy.register_replace or len(mine) > policy.max_bindings:
        return _refuse(draft, own, policy)
    oldest = [device for device in devices if device not in mine][:over]
    newest = draft.bindings[-1]
    detail = f"limit of {policy.max_bindings}; the new device is {newest.contact}"
    for binding in list(draft.bindings):
        if device_of(binding) in oldest:
            draft.end(binding, EndReason.REPLACED, detail=detail)
    return None


def refuse_crowd(draft: Draft, contacts: int, policy: Policy) -> Refusal:
    """Refuse a request with more Contacts than `most_contacts`, as one with too many devices."""
    refusal = _refuse(draft, frozenset(), policy)
    detail = f"{contacts} Contacts in one request; {refusal.detail}"
    return Refusal(refusal.reason, detail, refusal.headers)


def _refuse(draft: Draft, own: frozenset[int], policy: Policy) -> Refusal:
    """Refuse with 503: 403 would make clients believe that their password is wrong."""
    there = [binding for binding in draft.bindings if binding.id not in own]
    first_end = min([binding.ends_at for binding in there], default=draft.now)
    retry = min(max(int(first_end - draft.now) + 1, MIN_RETRY), MAX_RETRY)
    contacts = ", ".join(binding.contact for binding in there)
    detail = f"limit of {policy.max_bindings} devices; registered: {contacts or 'none'}"
    return Refusal(Reason.TOO_MANY_BINDINGS, detail, (("Retry-After", str(retry)),))
