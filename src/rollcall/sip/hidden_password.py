"""Text about a device without the password that its URI may hold (RFC 3261 section 19.1.1).

A Contact like `<sip:1011:secret@192.0.2.10>` goes back to its device as it was written. What
people see of it, and what is kept as history, has asterisks in that place.
"""

import re

_PART = re.compile(r"""[^<>"\r\n]+""")
"""Where one URI may stand. Wider than the grammar, as is the rest: text that breaks the grammar is
shown to the operator too. More than the password may be hidden then, never less."""

_USER = re.compile(r":[^\s:@]*+:")
"""A user part between the colon of the scheme and that of a password. Like everything here it
takes linear time: strangers choose the text."""


def hide_password(text: str) -> str:
    """Give `text`, in which any number of URIs may stand, with `***` for their passwords."""
    if text.rpartition("@")[0].count(":") < 2:  # nearly always: `<sip:1001@...`
        return text
    return _PART.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    part = found[0]
    at = part.rfind("@")
    user = _USER.search(part, 0, at) if at >= 0 else None
    return part if user is None else f"{part[: user.end()]}***{part[at:]}"
