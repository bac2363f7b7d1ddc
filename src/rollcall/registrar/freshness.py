"""What a refresh changed: only the times, or something that people and followers care about."""

from rollcall.model.event import EventKind
from rollcall.model.record import Binding
from rollcall.registrar.draft import Draft


def only_fresher(old: Binding, new: Binding) -> bool:
    """Tell whether only times, CSeq and counters differ: the bulk of all requests, kept cheap.

    q, instance and reg-id are part of the Contact's text.
    """
    return (
        new.contact == old.contact
        and new.call_id == old.call_id
        and new.source_port == old.source_port
        and new.source_host == old.source_host
        and new.transport == old.transport
        and new.local == old.local
        and new.user_agent == old.user_agent
        and new.behind_nat == old.behind_nat
        and new.connection == old.connection
        and new.path == old.path
        and not old.unreachable_since
    )


def has_moved(old: Binding, new: Binding) -> bool:
    """Tell whether the device is somewhere else than before.

    The port of a stream is chosen anew for every connection; it only matters to a device that is
    reached over that connection.
    """
    if new.source_host != old.source_host or new.transport != old.transport:
        return True
    port_matters = new.transport == "udp" or new.behind_nat or old.behind_nat
    return port_matters and new.source_port != old.source_port


def place(binding: Binding) -> str:
    """Give where a device is, for people: `udp 192.0.2.7:5060`."""
    host = binding.source_host
    host = f"[{host}]" if ":" in host else host
    return f"{binding.transport} {host}:{binding.source_port}"


def tell_change(draft: Draft, old: Binding, new: Binding) -> None:
    """Note the event of a refresh that changed more than times, if it is worth one."""
    moved = has_moved(old, new)
    detail = f"from {place(old)} to {place(new)}" if moved else ""
    if old.unreachable_since:
        away = round(draft.now - old.unreachable_since)
        again = f"unreachable for {away} s"
        if moved and new.source_host != old.source_host:
            draft.tell(EventKind.MOVED, new, detail=f"{detail}, {again}")
        else:
            draft.tell(EventKind.REACHABLE, new, detail=f"{again}; {detail}" if moved else again)
    elif moved:
        if new.source_host == old.source_host and new.transport == old.transport:
            detail += ": its NAT or system chose another port"
        if new.contact != old.contact:
            detail += f"; Contact was {old.contact}"
        draft.tell(EventKind.MOVED, new, detail=detail)
