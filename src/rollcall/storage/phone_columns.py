"""The columns of a phone that hold more than one value, as JSON."""

from collections.abc import Mapping

import msgspec

from rollcall.model.phone import Network

_encode = msgspec.json.Encoder().encode
_decode_networks = msgspec.json.Decoder(list[tuple[str, int]]).decode
_decode_overrides = msgspec.json.Decoder(dict[str, str]).decode


def read_networks(text: str) -> tuple[Network, ...]:
    """Read column `networks`."""
    if text == "[]":
        return ()
    return tuple(Network(cidr, port) for cidr, port in _decode_networks(text))


def write_networks(networks: tuple[Network, ...]) -> str:
    """Write column `networks`."""
    return _encode([(network.cidr, network.port) for network in networks]).decode()


def read_overrides(text: str) -> dict[str, str]:
    """Read column `overrides`."""
    return {} if text == "{}" else _decode_overrides(text)


def write_overrides(overrides: Mapping[str, str]) -> str:
    """Write column `overrides`: the same text for the same overrides."""
    return _encode(dict(sorted(overrides.items()))).decode()
