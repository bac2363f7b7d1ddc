"""CSeq: number and method of a request (RFC 3261 section 20.16)."""

import msgspec

from rollcall.sip.errors import ParseError

MAX_NUMBER = 2**31 - 1
"""RFC 3261 section 8.1.1.5: the number must be less than 2**31."""


class CSeq(msgspec.Struct, frozen=True, gc=False):
    """Sequence number within a Call-ID."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_cseq(text: str) -> CSeq:
    """Read a CSeq value. Raises ParseError 400, also for a number of 2**31 or more."""
    digits, _, method = text.partition(" ")
    if not (digits.isdecimal() and digits.isascii()):
        digits, method = _split_oddly(text)
    method = method.strip()
    if not method or " " in method or len(digits) > 64:
        raise ParseError(400, "Malformed CSeq")
    number = int(digits)
    if number > MAX_NUMBER:
        raise ParseError(400, "CSeq number out of range")
    return CSeq(number, method)


def _split_oddly(text: str) -> tuple[str, str]:
    parts = text.split()
    if len(parts) != 2 or not (parts[0].isdecimal() and parts[0].isascii()):
        raise ParseError(400, "Malformed CSeq")
    return parts[0], parts[1]
