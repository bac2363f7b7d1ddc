"""What can go wrong between bytes and values.

    SipError
      ParseError      the sender made a mistake and can be told: carries the answer it leads to
      Unanswerable    silence is right: an ACK, a response, a keepalive, or not SIP at all
      FramingError    a stream has lost its message boundaries: the connection must be closed

Nothing in this package raises anything else because of what a stranger sent.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollcall.sip.message import Request

MAX_REASON = 120
"""Longest reason phrase written, in characters: one line of a trace, however long the input."""


class SipError(Exception):
    """Root of the tree."""


class ParseError(SipError):
    """Input that breaks a rule, with the status and reason phrase to answer it with.

    `message` is the request as far as it could be read: enough of it is there (Via, and whatever
    exists of From, To, Call-ID and CSeq) to build the answer from. It is None when a single value
    was being decoded; whoever asked for that value has the request at hand.

    Reasons are ASCII, say what is wrong and never quote what was sent: a header may hold a secret,
    and an answer that repeats its input can be steered by it.
    """

    def __init__(self, status: int, reason: str, message: "Request | None" = None) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason[:MAX_REASON]
        self.message = message

    def __str__(self) -> str:
        return f"{self.status} {self.reason}"


class Unanswerable(SipError):  # noqa: N818  # a verdict on the input, no error of ours
    """Input that must not be answered. The text says why, for counters and traces."""


class FramingError(SipError):
    """A stream whose next message boundary cannot be found.

    `head` holds the header section that broke the framing, when it was complete, so that the
    sender can be answered 400 before its connection is closed; else it is empty. `frames` holds the
    messages that were complete before it.
    """

    def __init__(self, reason: str, head: bytes = b"") -> None:
        super().__init__(reason)
        self.head = head
        self.frames: list[bytes] = []
