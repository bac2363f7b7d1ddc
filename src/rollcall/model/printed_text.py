"""Text of strangers where it is printed: nothing in it may command a terminal or reorder a line.

Devices choose their names. An escape sequence in a User-Agent would move the cursor, retitle the
window or hide rows when a file with it is shown; marks for writing direction would make
`gpj.exe` of `exe.jpg` (Unicode Technical Report 36, section 3.4).
"""

import re

_COMMANDS = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for tab and line feed, DEL, C1 (ECMA-48)
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction (UAX 9, section 2)
    "\u2028\u2029\ufeff"  # ends of lines and files
    "]"
)


def without_commands(text: str) -> str:
    """Give `text` with U+FFFD for each character that is an order and not a letter."""
    return text if text.isprintable() else _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text)


def escape_commands(json: str) -> str:
    r"""Give the JSON text with `\u` escapes for these characters: printed safely, read the same."""
    return json if json.isprintable() else _COMMANDS.sub(_escape, json)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
