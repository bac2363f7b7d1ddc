"""Durations and times, as operators write and read them."""

import re
from datetime import UTC, datetime

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

_PARTS = re.compile(r"(?:\d+[smhdw])+", re.ASCII)
_PART = re.compile(r"(\d+)([smhdw])", re.ASCII)

MINUTE, HOUR, DAY = 60, 3600, 86_400


def parse_duration(text: str) -> int:
    """Seconds of `90`, `90s`, `10m`, `1h30m`, `2d`. Raises ValueError with what is allowed."""
    written = text.strip().lower()
    if written.isascii() and written.isdigit():
        return int(written)
    if not _PARTS.fullmatch(written):
        raise ValueError(f"{text!r} is no duration; write seconds, or 90s, 10m, 1h30m, 2d")
    return sum(int(number) * SECONDS[unit] for number, unit in _PART.findall(written))


def duration_text(seconds: float | None) -> str:
    """The two largest units: `42s`, `59m 12s`, `3h 05m`, `2d 04h`; empty for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02d}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02d}m"
    return f"{whole // DAY}d {whole % DAY // HOUR:02d}h"


def parse_time(text: str) -> datetime:
    """An aware time from RFC 3339; from times without zone as local ones. Raises ValueError."""
    when = datetime.fromisoformat(text)
    return when.astimezone() if when.tzinfo is None else when


def local_time(text: object) -> str:
    """An RFC 3339 time of the API in local time, `2026-11-23 05:48:42`; empty for None."""
    if not text:
        return ""
    return parse_time(str(text)).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short_time(text: object, now: datetime | None = None) -> str:
    """Local time as short as it is clear: `05:48:42` today, `Nov 22 05:48`, `2025-11-22`."""
    if not text:
        return ""
    when = parse_time(str(text)).astimezone()
    today = (now or datetime.now(UTC)).astimezone()
    if when.date() == today.date():
        return when.strftime("%H:%M:%S")
    if when.year == today.year:
        return when.strftime("%b %d %H:%M")
    return when.strftime("%Y-%m-%d")


def moment(text: str, now: datetime) -> str:
    """RFC 3339 UTC of what an operator wrote: a time, or how long ago (`2h`).

    Raises ValueError with what is allowed.
    """
    try:
        seconds = parse_duration(text)
    except ValueError:
        pass
    else:
        return _utc(datetime.fromtimestamp(now.timestamp() - seconds, UTC))
    try:
        return _utc(parse_time(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is no time; write 2026-11-23, 2026-11-23T05:00, or how long ago: 2h"
        ) from None


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
