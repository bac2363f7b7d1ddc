"""Each request on a nonce counts one higher than the last (RFC 7616 section 3.4, nc).

What was used is kept with the AOR's record, for as long as the nonce lives. A count that does
not rise is a replay, unless it is the very same request once more: then it is a retransmission.
Clients without qop (RFC 2069) send no count; for them it is 0, so each nonce serves one request.
"""

from rollcall.model.record import NonceUse

LEAST_KEPT = 8
"""Nonce uses kept of one AOR: a device that asks for a challenge each time and refreshes every
60 s leaves 5 in a nonce's life of 300 s."""

KEPT_PER_DEVICE = 2
"""With many devices allowed: the nonce in use and the one before it, of each."""


def live_uses(uses: tuple[NonceUse, ...], now: float) -> tuple[NonceUse, ...]:
    """Give `uses` without those whose nonce has died; the same object when none has."""
    for use in uses:
        if use.until < now:
            return tuple([use for use in uses if use.until >= now])
    return uses


def is_repetition(
    uses: tuple[NonceUse, ...], nonce_id: int, count: int, fingerprint: int, *, may_repeat: bool
) -> bool:
    """Tell whether this is the last request on that nonce, sent again byte for byte."""
    for use in uses:
        if use.nonce_id == nonce_id:
            return use.request == fingerprint and (use.count == count or may_repeat)
    return False


def rises(uses: tuple[NonceUse, ...], nonce_id: int, count: int) -> bool:
    """Tell whether `count` is higher than any seen on that nonce."""
    for use in uses:
        if use.nonce_id == nonce_id:
            return count > use.count
    return True


def may_be_forgotten(
    uses: tuple[NonceUse, ...], nonce_id: int, dies_at: float, devices: int
) -> bool:
    """Tell whether the use of that nonce may be one of those that had to go.

    Only a full table has forgotten any, and only such as die before all that are in it. Their
    count is not known any more, so they serve no further request: digest covers neither Contact
    nor CSeq, and a captured request would be granted once more.
    """
    return len(uses) >= _most_kept(devices) and all(
        use.nonce_id != nonce_id and use.until > dies_at for use in uses
    )


def record_use(
    uses: tuple[NonceUse, ...], used: NonceUse, now: float, devices: int
) -> tuple[NonceUse, ...]:
    """Give the uses to keep after `used`: the living ones, at most so many.

    When there are too many, those go that would die first; see `may_be_forgotten`.
    """
    if not uses or (len(uses) == 1 and uses[0].nonce_id == used.nonce_id):
        highest = uses[0].count if uses else 0
        return (used if used.count >= highest else _with_count(used, highest),)
    kept = []
    for use in uses:
        if use.nonce_id == used.nonce_id:
            if use.count > used.count:
                used = _with_count(used, use.count)
        elif use.until >= now:
            kept.append(use)
    kept.append(used)
    surplus = len(kept) - _most_kept(devices)
    if surplus > 0:
        kept.sort(key=_dies_at)
        del kept[:surplus]
    return tuple(kept)


def _most_kept(devices: int) -> int:
    return max(LEAST_KEPT, KEPT_PER_DEVICE * devices)


def _with_count(use: NonceUse, count: int) -> NonceUse:
    return NonceUse(use.nonce_id, count, use.request, use.until)


def _dies_at(use: NonceUse) -> float:
    return use.until
