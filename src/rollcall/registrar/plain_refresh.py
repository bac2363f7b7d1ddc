"""The refresh in which nothing is new: nearly all of the traffic, decided without reading much.

A device that refreshes sends the Contact, Call-ID and User-Agent of the time before, from the same
place, with a higher CSeq. Then the Contact's text need not be decoded again: it is that of the
binding, and everything that follows from it is in the binding already. Whatever is the least
bit unusual is left to `rollcall.registrar.decision`, which gives the same decision more slowly;
a test holds the two against each other.
"""

from rollcall.model.phone import Policy
from rollcall.model.ports import Endpoint
from rollcall.model.record import AorRecord, Binding, NonceUse
from rollcall.registrar.draft import Decision
from rollcall.registrar.expiry import granted_expires, seconds_left
from rollcall.registrar.nat import DEFAULT_PORT
from rollcall.registrar.request import MAX_USER_AGENT
from rollcall.sip.message import Request
from rollcall.sip.via import Via


def plain_refresh(
    record: AorRecord,
    message: Request,
    endpoint: Endpoint,
    host: str,
    port: int,
    nonces: tuple[NonceUse, ...],
    policy: Policy,
    now: float,
) -> Decision | None:
    """Give the decision on a REGISTER that came from `host:port`, None when it is not plain.

    Takes what `read_register` and `decide` take together. `now` is steady seconds.
    """
    if len(record.bindings) != 1 or record.tombstones or record.blocked_until:
        return None
    old = record.bindings[0]
    headers = message.headers
    contacts = headers.get("contact")
    if (
        contacts is None
        or len(contacts) != 1
        or contacts[0] != old.contact
        or old.source_port != port
        or old.source_host != host
        or old.local != endpoint.local
        or old.connection != endpoint.connection
        or old.transport != endpoint.transport
        or old.call_id != message.call_id
        or old.user_agent != message.user_agent[:MAX_USER_AGENT]
        or old.unreachable_since
        or old.path
        or old.expires_at <= now
        or _place_differs(message, old, host, port)
    ):
        return None
    cseq = message.cseq().number
    asked = _asked(headers.get("expires"), policy)
    if cseq <= old.cseq or asked < max(1, policy.expires_min):
        return None
    granted = granted_expires(
        asked, policy, old.behind_nat and old.transport == "udp", old.call_id, cseq, old.contact
    )
    expires_at = now + granted
    binding = Binding(
        old.id,
        old.contact,
        old.call_id,
        cseq,
        expires_at,
        old.registered_at,
        now,
        granted,
        old.refreshes + 1,
        host,
        port,
        old.transport,
        old.local,
        old.user_agent,
        old.behind_nat,
        old.connection,
        round(now - old.refreshed_at),
        old.q,
        old.instance_id,
        old.reg_id,
    )
    return Decision(
        AorRecord(record.aor, record.version + 1, (binding,), (), nonces),
        (("Contact", f"{old.contact};expires={seconds_left(expires_at, now)}"),),
    )


def _place_differs(message: Request, old: Binding, host: str, port: int) -> bool:
    """Tell whether the Via could lead to another answer about NAT than the binding has.

    A Via that tells the truth leaves it to the Contact, which has not changed: an unmarked binding
    stays unmarked. A marked one stays marked when the Via alone says NAT; else it has to be looked
    at, because it may have been marked for a Via that now tells the truth.
    """
    via = message.top_via()
    datagram = old.transport == "udp"
    if old.behind_nat:
        if via.host == host:
            return not (datagram and via.rport is not None and _port(via) != port)
        return ":" in host or not via.host.replace(".", "").isdecimal()
    return via.host != host or (datagram and _port(via) != port)


def _port(via: Via) -> int:
    return via.port if via.port is not None else DEFAULT_PORT


def _asked(lines: list[str] | None, policy: Policy) -> int:
    """Give the seconds asked for; 0, which is never plain, when that needs a closer look."""
    if lines is None:
        return max(policy.expires_default, policy.expires_min)
    text = lines[0]
    return int(text) if len(text) < 8 and text.isascii() and text.isdecimal() else 0
