"""Option tags: Supported, Require, Proxy-Require, Unsupported (RFC 3261 section 19.2)."""

from rollcall.sip.grammar import split_values
from rollcall.sip.memo import Memo


def _parse(text: str) -> tuple[str, ...]:
    return tuple(value.lower() for value in split_values(text))


parse_option_tags: Memo[tuple[str, ...]] = Memo("option_tags", _parse)
"""Read the option tags of one line, in lower case and in order. Raises ParseError 400."""
