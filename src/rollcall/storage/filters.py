"""Filters that operators write, as conditions of SQL."""

import ipaddress
import re
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_

from rollcall.model.administration import InvalidError
from rollcall.storage.addresses import address_key

_WILDCARD = re.compile(r"(?:(?:\d{1,3}|[xX*])\.){0,3}(?:\d{1,3}|[xX*])")
_WILD = frozenset("xX*")


def contains(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Test whether `part` occurs in a text column, in any case (of ASCII letters)."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(f"%{escaped}%", escape="\\")


def address_range(text: str) -> tuple[bytes, bytes]:
    """Give the lowest and highest key (both included) of what `text` names.

    An address, a CIDR, `192.168.1.x` (also `*`, also several parts at the end), IPv6. Raises
    `InvalidError` for anything else.
    """
    text = text.strip().strip("[]")
    exact = address_key(text)
    if exact is not None:
        return exact, exact
    if "/" in text:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise _not_an_address(text) from None
        low, high = address_key(str(network[0])), address_key(str(network[-1]))
    elif _WILDCARD.fullmatch(text):
        low, high = _wildcard(text)
    else:
        raise _not_an_address(text)
    if low is None or high is None:
        raise _not_an_address(text)
    return low, high


def in_range(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Test whether an address key is in the range that `text` names."""
    low, high = address_range(text)
    return and_(column >= literal(low), column <= literal(high))


def any_of(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Join conditions of which one must hold."""
    return or_(*conditions)


def _wildcard(text: str) -> tuple[bytes | None, bytes | None]:
    parts = text.split(".")
    wild = [part in _WILD for part in parts]
    if not any(wild) or wild != sorted(wild):  # 10.x.3.4 is no range of addresses
        return None, None
    fixed = [part for part in parts if part not in _WILD]
    rest = 4 - len(fixed)
    return (
        address_key(".".join([*fixed, *["0"] * rest])),
        address_key(".".join([*fixed, *["255"] * rest])),
    )


def _not_an_address(text: str) -> InvalidError:
    return InvalidError(
        f"ip: '{text[:60]}' is not allowed; allowed: an address, 192.168.1.x, a CIDR such as"
        " 10.0.0.0/8, IPv6"
    )
