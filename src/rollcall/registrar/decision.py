"""What a REGISTER does to a record: RFC 3261 section 10.3, steps 6 to 8, as a pure function.

    no Contact     the bindings are listed, nothing changes
    Contact: *     with Expires: 0, all bindings end
    Contacts       see `rollcall.registrar.contacts`

Everything happens in a draft, so a refusal means that nothing has happened.
"""

from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, Binding
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.contacts import ContactChanges
from rollcall.registrar.draft import Decision, Draft
from rollcall.registrar.expiry import seconds_left
from rollcall.registrar.order import is_late, refuse_late
from rollcall.registrar.request import RegisterRequest

__all__ = ["Decision", "decide"]


def decide(
    record: AorRecord, request: RegisterRequest, policy: Policy, now: float
) -> Decision | Refusal:
    """Give the next record with the answer's headers and the events, or the refusal.

    `now` is steady seconds. The decision's record is the given object when nothing changed.
    """
    draft = Draft(record, now)
    own: list[int] = []
    refusal = None
    if request.star:
        refusal = _remove_all(draft, request)
    elif request.contacts:
        changes = ContactChanges(draft, request, policy)
        refusal = changes.apply()
        own = changes.own
    if refusal is not None:
        return refusal
    return draft.finish(request.nonces, _listing(draft.bindings, own, now))


def _listing(bindings: list[Binding], own: list[int], now: float) -> tuple[tuple[str, str], ...]:
    """Give a Contact line for every binding (step 8), as its device wrote it.

    The asking device's own come first: simple devices read the first line only.
    """
    if own and len(bindings) > 1:
        bindings = sorted(bindings, key=lambda binding: binding.id not in own)
    return tuple(
        [
            ("Contact", f"{binding.contact};expires={seconds_left(binding.ends_at, now)}")
            for binding in bindings
        ]
    )


def _remove_all(draft: Draft, request: RegisterRequest) -> Refusal | None:
    """Step 6: end all bindings, if none of them is newer than the request."""
    if request.contacts:
        return Refusal(Reason.STAR_NOT_ALONE, f"* and {len(request.contacts)} Contacts")
    if request.expires != 0:
        asked = "no Expires" if request.expires is None else f"Expires: {request.expires}"
        return Refusal(Reason.STAR_NEEDS_EXPIRES_ZERO, f"Contact: * with {asked}")
    for binding in draft.bindings:
        if is_late(request, binding):
            return refuse_late(request, binding)
        for stone in draft.tombstones:
            if stone.contact == binding.contact and is_late(request, stone):
                return refuse_late(request, stone)
    for binding in list(draft.bindings):
        draft.unregister(binding, request.call_id, request.cseq)
    return None
