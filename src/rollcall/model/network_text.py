"""Networks a phone may come from, as people write them.

192.0.2.0/24    192.0.2.7    192.0.2.7:5060    2001:db8::/32    [2001:db8::7]:5060
192.0.2.0/24:5060
"""

import ipaddress

from rollcall.model.phone import Network


def parse_network(text: str) -> Network:
    """The network `text` names; host bits are cleared. Raises ValueError."""
    raw = text.strip()
    port = 0
    if raw.startswith("["):
        inner, closed, rest = raw[1:].partition("]")
        prefix, _, port_text = rest.partition(":")
        if not closed or (rest and not rest.startswith((":", "/"))):
            raise ValueError(_complaint(text))
        raw = inner + prefix
        port = _port(port_text, text) if ":" in rest else 0
    elif raw.count(":") == 1:
        raw, _, port_text = raw.partition(":")
        port = _port(port_text, text)
    try:
        return Network(cidr=str(ipaddress.ip_network(raw, strict=False)), port=port)
    except ValueError:
        raise ValueError(_complaint(text)) from None


def show_network(network: Network) -> str:
    """Shortest text that `parse_network` reads back to the same network."""
    parsed = ipaddress.ip_network(network.cidr)
    single = parsed.prefixlen == parsed.max_prefixlen
    host = str(parsed.network_address) if single else network.cidr
    if not network.port:
        return host
    return f"[{host}]:{network.port}" if parsed.version == 6 else f"{host}:{network.port}"


def _port(text: str, whole: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise ValueError(_complaint(whole))


def _complaint(text: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in text[:60])
    return (
        f"'{shown}' is not allowed; allowed: an address or CIDR, with :PORT where wanted, such "
        f"as 192.0.2.0/24, 192.0.2.7:5060 or [2001:db8::7]:5060"
    )
