"""What happens to bindings without a REGISTER: time, operators, lost connections.

All of these are pure functions that give a `Decision`; its record is the given object when nothing
changed. They begin, like every decision, with ending what is over by `now` (steady seconds).
"""

from collections.abc import Collection
from math import inf

from msgspec import structs

from rollcall.model.event import EventKind
from rollcall.model.record import AorRecord, Binding, EndReason
from rollcall.registrar.device import uri_of
from rollcall.registrar.draft import Decision, Draft
from rollcall.sip.contact import parse_contact
from rollcall.sip.errors import ParseError
from rollcall.sip.uri_comparison import equivalent


def expire(record: AorRecord, now: float) -> Decision:
    """End what is over: bindings, and what is remembered of tombstones, nonces and blocks."""
    draft = Draft(record, now)
    if draft.tombstones is not record.tombstones or draft.blocked_until != record.blocked_until:
        draft.changed = True
    return _finish(draft)


def kick(
    record: AorRecord,
    now: float,
    *,
    binding_ids: Collection[int] | None = None,
    contact: str | None = None,
    reason: str = "",
    block_until: float | None = None,
) -> Decision:
    """End bindings because an operator says so: those with the ids, that `contact`, or all.

    `reason` is the operator's text. `block_until` (steady seconds) keeps the phone out until then;
    0 lifts a block, None leaves it as it is. An unreadable `contact` matches nothing.
    """
    draft = Draft(record, now)
    for binding in list(draft.bindings):
        if binding_ids is not None and binding.id not in binding_ids:
            continue
        if contact is not None and not _is_at(binding, contact):
            continue
        draft.end(binding, EndReason.KICKED, reason=reason)
    if block_until is not None:
        block_until = block_until if block_until > now else 0.0
        if block_until != draft.blocked_until:
            draft.blocked_until = block_until
            draft.changed = True
    return _finish(draft)


def _is_at(binding: Binding, contact: str) -> bool:
    if contact == binding.contact:
        return True
    try:
        return equivalent(parse_contact(contact).uri, uri_of(binding.contact))
    except ParseError:
        return False


def remove(record: AorRecord, now: float, why: str) -> Decision:
    """End all bindings because their phone was removed, disabled or given a new password.

    `why` says which. The nonces go too: nothing that used them is valid any more.
    """
    draft = Draft(record, now)
    for binding in list(draft.bindings):
        draft.end(binding, EndReason.REMOVED, reason=why)
    return draft.finish(())


def connection_lost(
    record: AorRecord, connection: int, now: float, stream_grace: float
) -> Decision:
    """Mark the bindings that need the lost `connection`; after `stream_grace` seconds they end.

    One with a routable Contact stays as it is: it is reached by a new connection.
    """
    draft = Draft(record, now)
    for binding in list(draft.bindings):
        if binding.connection == connection:
            _lose_flow(draft, binding, stream_grace, "its connection was closed")
    return _finish(draft)


def flow_lost_at_restart(
    record: AorRecord, now: float, stream_grace: float, first_connection: float = inf
) -> Decision:
    """Mark all bindings that need a connection of before our restart: none of them outlives it.

    Connections since then are numbered from `first_connection` on.
    """
    draft = Draft(record, now)
    for binding in list(draft.bindings):
        if 0 < binding.connection < first_connection:
            _lose_flow(draft, binding, stream_grace, "the server was restarted")
    return _finish(draft)


def _lose_flow(draft: Draft, binding: Binding, stream_grace: float, detail: str) -> None:
    if not binding.behind_nat or binding.grace_until:
        return
    if stream_grace <= 0:
        draft.end(binding, EndReason.CONNECTION_LOST, detail=detail)
        return
    lost = structs.replace(
        binding, unreachable_since=draft.now, grace_until=draft.now + stream_grace
    )
    draft.bindings[draft.bindings.index(binding)] = lost
    draft.tell(EventKind.UNREACHABLE, lost, reason="connection_lost", detail=detail)


def _finish(draft: Draft) -> Decision:
    """Finish with those nonces that still live."""
    nonces = draft.record.nonces
    if any(nonce.until <= draft.now for nonce in nonces):
        nonces = tuple([nonce for nonce in nonces if nonce.until > draft.now])
    return draft.finish(nonces)
