"""Devices that cannot be offered what the standard says they may be offered.

A client must pass over challenges whose algorithm it does not know (RFC 7616 section 3.3,
RFC 8760 section 2.4). Baresip before 3.12 gives up instead as soon as one of them is not MD5,
whatever their order (baresip/re#1103); Debian 12 ships 1.0. A device that says it is one of
these is offered MD5 alone, if its order has MD5 at all.

We diverge from the phone's order only by what the device itself says in its request, never by
its number, so nothing can be found out by it; and credentials in every algorithm of the order
are accepted as before.
"""

import re
from functools import lru_cache

from rollcall.guard.challenges import Order

_BARESIP = re.compile(r"baresip v(\d{1,4})\.(\d{1,4})", re.ASCII)
_BARESIP_LEARNED = (3, 12)
_ONLY_MD5: Order = ("MD5",)

_MAX_DEVICES = 256
"""User-Agent texts remembered: more than the models of a site; strangers only push them out."""


def offered(order: Order, user_agent: str) -> Order:
    """Give what may be offered to a device that calls itself `user_agent`."""
    if len(order) > 1 and "MD5" in order and _gives_up(user_agent):
        return _ONLY_MD5
    return order


@lru_cache(maxsize=_MAX_DEVICES)
def _gives_up(user_agent: str) -> bool:
    found = _BARESIP.match(user_agent)
    return found is not None and (int(found[1]), int(found[2])) < _BARESIP_LEARNED
