"""The Contacts of one request, worked into a draft: RFC 3261 section 10.3, step 7.

For each one, in order: does it ask for too little, which device is it, is the request newer than
what is known of it; then it is removed, refreshed, moved or added. At last the limit on devices.
The first refusal ends it; the draft is dropped then.
"""

from rollcall.model.event import EventKind
from rollcall.model.phone import Policy
from rollcall.model.record import Binding, EndReason
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.device import find, find_moved, last_of_each
from rollcall.registrar.draft import Draft
from rollcall.registrar.expiry import asked_expires, granted_expires
from rollcall.registrar.freshness import only_fresher, tell_change
from rollcall.registrar.nat import behind_nat
from rollcall.registrar.order import changes_flow, is_late, is_same, late_stone, refuse_late
from rollcall.registrar.places import drop_surplus_flows, make_room, most_contacts, refuse_crowd
from rollcall.registrar.request import RegisterRequest
from rollcall.sip.contact import Contact


class ContactChanges:
    """Works the Contacts of `request` into `draft`; `own` are the ids of their bindings then."""

    __slots__ = (
        "_draft",
        "_new",
        "_new_devices",
        "_policy",
        "_repeated",
        "_request",
        "_worked",
        "own",
    )

    def __init__(self, draft: Draft, request: RegisterRequest, policy: Policy) -> None:
        self._draft = draft
        self._request = request
        self._policy = policy
        self._new = 0
        self._new_devices = 0
        self._repeated: Binding | None = None
        self._worked = 0
        self.own: list[int] = []

    def apply(self) -> Refusal | None:
        """Work all of them in, or give the reason why none may be."""
        contacts = self._request.contacts
        if len(contacts) > 1:
            if len(contacts) > most_contacts(self._policy):
                return refuse_crowd(self._draft, len(contacts), self._policy)
            contacts = last_of_each(contacts)
        for contact in contacts:
            refusal = self._contact(contact)
            if refusal is not None:
                return refusal
        if self._repeated is not None and self._worked:
            # A copy of a request does nothing; this one does, so it only has the same CSeq.
            return refuse_late(self._request, self._repeated)
        if self._new > self._new_devices:
            drop_surplus_flows(self._draft, frozenset(self.own))
        if self._new_devices:
            return make_room(self._draft, frozenset(self.own), self._policy)
        return None

    def _contact(self, contact: Contact) -> Refusal | None:
        asked = asked_expires(contact.expires, self._request.expires, self._policy)
        if asked:
            refusal = self._may_bind(asked)
            if refusal is not None:
                return refusal
        draft = self._draft
        index = find(draft.bindings, contact)
        if draft.tombstones and (asked or index >= 0):
            # Removing what is not there is granted, however late.
            stone = late_stone(draft.tombstones, self._request, contact)
            if stone is not None:
                return refuse_late(self._request, stone)
        if index < 0:
            if asked:
                self._add_or_move(contact, asked)
            return None
        binding = draft.bindings[index]
        if asked and is_same(self._request, contact, binding):
            if not changes_flow(self._request, binding):
                self._repeated = binding
                self.own.append(binding.id)
                return None
        elif is_late(self._request, binding):
            return refuse_late(self._request, binding)
        if asked:
            self._refresh(index, contact, asked)
        else:
            self._worked += 1
            draft.unregister(binding, self._request.call_id, self._request.cseq)
        return None

    def _may_bind(self, asked: int) -> Refusal | None:
        draft = self._draft
        if draft.blocked_until:
            left = int(draft.blocked_until - draft.now) + 1
            return Refusal(
                Reason.BLOCKED, f"for {left} more seconds", (("Retry-After", str(left)),)
            )
        minimum = self._policy.expires_min
        # The RFC allows this below one hour only; expires_min is never above it.
        if asked < minimum:
            return Refusal(
                Reason.INTERVAL_TOO_BRIEF,
                f"asked for {asked} s, expires_min is {minimum} s",
                (("Min-Expires", str(minimum)),),
            )
        return None

    def _add_or_move(self, contact: Contact, asked: int) -> None:
        """Bind a Contact that is not known: its device is new, or was elsewhere before."""
        draft = self._draft
        index = find_moved(draft.bindings, contact, self._request)
        if index >= 0:
            # Against late copies of its requests from where it was.
            draft.bury(draft.bindings[index], EndReason.REPLACED)
            self._refresh(index, contact, asked)
            return
        instance = contact.instance_id
        if not instance or all(other.instance_id != instance for other in draft.bindings):
            self._new_devices += 1
        number = self._request.serial + self._new
        self._new += 1
        binding = self._bind(contact, asked, number, draft.now, 0, 0)
        draft.bindings.append(binding)
        draft.tell(EventKind.REGISTERED, binding)

    def _refresh(self, index: int, contact: Contact, asked: int) -> None:
        """Put the next state of a binding in the place of the one before."""
        draft = self._draft
        old = draft.bindings[index]
        interval = round(draft.now - old.refreshed_at)
        new = self._bind(contact, asked, old.id, old.registered_at, old.refreshes + 1, interval)
        draft.bindings[index] = new
        draft.changed = True
        if not only_fresher(old, new):
            draft.plain = False
            tell_change(draft, old, new)

    def _bind(
        self,
        contact: Contact,
        asked: int,
        number: int,
        registered_at: float,
        refreshes: int,
        interval: int,
    ) -> Binding:
        """Make the binding that the request asks for, reachable over the request's own flow."""
        request = self._request
        now = self._draft.now
        nat = behind_nat(request, contact.uri)
        granted = granted_expires(
            asked,
            self._policy,
            nat and request.transport == "udp",
            request.call_id,
            request.cseq,
            contact.text,
        )
        self._worked += 1
        self.own.append(number)
        return Binding(
            number,
            contact.text,
            request.call_id,
            request.cseq,
            now + granted,
            registered_at,
            now,
            granted,
            refreshes,
            request.source_host,
            request.source_port,
            request.transport,
            request.local,
            request.user_agent,
            nat,
            request.connection,
            interval,
            -1 if contact.q is None else contact.q,
            contact.instance_id,
            contact.reg_id,
        )
