"""Times as the API writes and reads them: RFC 3339, UTC."""

import math
from datetime import UTC, datetime
from functools import lru_cache


def show_time(seconds: float | None) -> str | None:
    """`2026-01-31T12:00:00.250Z` for seconds since 1970; None stays None."""
    if seconds is None:
        return None
    milliseconds = round(seconds * 1000)
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(4096)
def _second(seconds: int) -> str:
    """`2026-01-31T12:00:00`; times of one list share their seconds, over an hour at most."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def read_time(text: str) -> float:
    """Seconds since 1970 for RFC 3339 text, or a plain number of seconds.

    A time without a zone is UTC. Raises ValueError.
    """
    try:
        number = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    if not math.isfinite(number):
        raise ValueError(text)
    return number
