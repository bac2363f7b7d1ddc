"""Text of strangers where it is printed."""

import json
import unicodedata

import pytest

from rollcall.model.printed_text import escape_commands, without_commands

COMMANDS = [
    *map(chr, (*range(9), *range(11, 32), *range(127, 160))),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff",
]


@pytest.mark.parametrize("char", COMMANDS, ids=lambda char: f"U+{ord(char):04X}")
def test_orders_become_visible(char: str) -> None:
    assert without_commands(f"a{char}[31mb") == "a\ufffd[31mb"
    text = escape_commands(json.dumps(f"a{char}b", ensure_ascii=False))
    assert text.isprintable()
    assert json.loads(text) == f"a{char}b"


@pytest.mark.parametrize(
    "text", ["Yealink T46", "a\tb\nc", "Büro 東京 א", "no\xa0break", "👩\u200d🔧", ""]
)
def test_letters_stay(text: str) -> None:
    assert without_commands(text) == text
    assert escape_commands(text) == text


def test_no_control_and_no_direction_mark_is_forgotten() -> None:
    for code in range(0x3000):
        char = chr(code)
        is_order = unicodedata.category(char) == "Cc" or (
            unicodedata.bidirectional(char)
            in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        )
        if is_order and char not in "\t\n":
            assert without_commands(char) == "\ufffd", f"U+{code:04X}"
