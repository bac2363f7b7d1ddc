"""A fault of ours while a message is worked on must not stop the messages behind it."""

import structlog

from rollcall.transport.receiver import Clock

REPORT_INTERVAL = 1.0
"""Seconds between two reports in the log: whoever finds such a fault can repeat it at will."""

_log = structlog.get_logger(__name__)


class Faults:
    """Counts faults and logs them, with where they happened, but not all of a flood."""

    __slots__ = ("_clock", "_next_report", "count")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_report = float("-inf")
        self.count = 0

    def report(self) -> None:
        """Note the exception that is being handled."""
        self.count += 1
        now = self._clock()
        if now >= self._next_report:
            self._next_report = now + REPORT_INTERVAL
            _log.exception("a message could not be worked on", faults=self.count)
