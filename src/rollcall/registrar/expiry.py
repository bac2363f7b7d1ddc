"""For how long a binding is granted (RFC 3261 sections 10.2.1.1 and 10.3, step 7).

    asked      the Contact's expires parameter, else the Expires header, else expires_default
    refused    0 < asked < expires_min: 423 with Min-Expires
    granted    asked, at most expires_max; for UDP behind NAT at most expires_nat, because a
               translator forgets a silent UDP flow after minutes; less some jitter

Jitter staggers the refreshes of a fleet that was switched on at once. It only shortens, and it is
a function of the request, so that a retransmission that is decided again gets the same answer.
"""

from zlib import crc32

from rollcall.model.phone import Policy


def asked_expires(contact: int | None, header: int | None, policy: Policy) -> int:
    """Give the seconds a Contact asks for; 0 asks for removal."""
    if contact is not None:
        return contact
    if header is not None:
        return header
    # Never refused: nobody asked for it.
    return max(policy.expires_default, policy.expires_min)


def granted_expires(
    asked: int, policy: Policy, nat_udp: bool, call_id: str, cseq: int, contact: str
) -> int:
    """Give the seconds granted to a Contact that asks for more than 0 and is not too brief.

    Jitter never goes below `expires_min`, nor lengthens what the cap for NAT made shorter.
    """
    granted = min(asked, policy.expires_max)
    if nat_udp and granted > policy.expires_nat:
        granted = policy.expires_nat
    percent = policy.expires_jitter
    if not percent or granted <= policy.expires_min:
        return granted
    spread = crc32(f"{call_id} {cseq} {contact}".encode()) & 0xFFFF
    jittered = granted - granted * percent * spread // 6_553_500
    return max(jittered, policy.expires_min)


def seconds_left(ends_at: float, now: float) -> int:
    """Give the whole seconds a 200 shows. At least 1: 0 would say that the binding is gone.

    Rounded down, so that nobody is promised more than there is; a thousandth is added because
    (now + granted) - now is sometimes a hair below granted.
    """
    return max(1, int(ends_at - now + 0.001))
