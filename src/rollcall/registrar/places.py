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

MIN_RETRY = 60
"""Seconds: seldom enough that a refused device costs nothing."""
MAX_RETRY = 600
"""Seconds: often enough that a free place is found within ten minutes."""


def device_of(binding: Binding) -> str | int:
    """Give what is equal for the flows of one device: its instance, else the binding itself."""
    return binding.instance_id or binding.id


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


def _refuse(draft: Draft, own: frozenset[int], policy: Policy) -> Refusal:
    """Refuse with 503: 403 would make clients believe that their password is wrong."""
    there = [binding for binding in draft.bindings if binding.id not in own]
    first_end = min([binding.ends_at for binding in there], default=draft.now)
    retry = min(max(int(first_end - draft.now) + 1, MIN_RETRY), MAX_RETRY)
    contacts = ", ".join(binding.contact for binding in there)
    detail = f"limit of {policy.max_bindings} devices; registered: {contacts or 'none'}"
    return Refusal(Reason.TOO_MANY_BINDINGS, detail, (("Retry-After", str(retry)),))
