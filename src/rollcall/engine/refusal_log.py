"""Refusals as events: each one while they are few, "and 12,345 more" when they flood.

The first `SINGLE` refusals of a source for one reason within a window become events of their
own. What follows is counted, and told as one event with a count when the window closes.
Challenges and stale nonces are the normal course of digest authentication: they are counted
in metrics and never become events.
"""

from collections.abc import Iterator

from rollcall.model.event import Event, EventKind
from rollcall.model.refusal import Reason

WINDOW = 60.0
"""Seconds: an operator who looks each minute sees every source that is still at it."""

SINGLE = 5
"""Events in full per source, reason and window: enough to see which numbers are tried."""

LIMIT = 4096
"""Sources told apart at once; the rest of a wider flood is counted under its reason alone."""


class _Tally:
    __slots__ = ("last", "more", "since", "told")

    def __init__(self, since: float) -> None:
        self.since = since
        self.told = 0
        self.more = 0
        self.last: Event | None = None


class RefusalLog:
    """Gathers refusals; `take` gives the events that are ready to be written."""

    def __init__(self, window: float = WINDOW, single: int = SINGLE, limit: int = LIMIT) -> None:
        self._window = window
        self._single = single
        self._limit = limit
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._ready: list[Event] = []
        self.counts: dict[str, int] = {reason.value: 0 for reason in Reason}

    def add(self, reason: Reason, event: Event) -> None:
        """Count one refusal and keep its event as the rules above say."""
        name = reason.value
        self.counts[name] += 1
        if not reason.counts_as_failure:
            return
        key = (event.source_host, name)
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= self._limit:
                key = ("", name)
                tally = self._tallies.get(key)
            if tally is None:
                self._tallies[key] = tally = _Tally(event.at)
        if tally.told < self._single and len(self._ready) < self._limit:
            tally.told += 1
            self._ready.append(event)
        else:
            tally.more += 1
            tally.last = event

    def take(self, now: float) -> list[Event]:
        """Events ready at `now` (steady seconds); closes windows that are over."""
        over = [key for key, tally in self._tallies.items() if now - tally.since >= self._window]
        for key in over:
            self._ready.extend(self._rest(self._tallies.pop(key), now, key[0]))
        ready, self._ready = self._ready, []
        return ready

    def _rest(self, tally: _Tally, now: float, source_host: str) -> Iterator[Event]:
        last = tally.last
        if last is None:
            return
        yield Event(
            kind=EventKind.REFUSED.value,
            at=now,
            aor=last.aor,
            source_host=source_host,
            transport=last.transport,
            user_agent=last.user_agent,
            reason=last.reason,
            detail=f"and {tally.more:,} more in {now - tally.since:.0f} s",
            count=tally.more,
        )
