"""Cursors of lists: the sort key of the last item shown, as opaque text."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from rollcall.model.administration import InvalidError

Key: TypeAlias = tuple[str | int | float, ...]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str | int | float, ...]).decode


def write_cursor(sort: str, key: Sequence[str | int | float]) -> str:
    """Write the cursor behind the item with this key, in a list sorted by `sort`."""
    return base64.urlsafe_b64encode(_encode((sort, *key))).decode().rstrip("=")


def read_cursor(cursor: str | None, sort: str, size: int) -> Key | None:
    """Read a key of `size` values; None at the start of a list.

    Raises `InvalidError` for what is no cursor of this list.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = _decode(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        values = ()
    if len(values) != size + 1 or values[0] != sort:
        raise InvalidError("cursor: not from this list; leave it out to start at the beginning")
    return values[1:]
