"""Date: RFC 1123 dates, always GMT (RFC 3261 section 20.17)."""

from datetime import UTC, datetime

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_date(unix_seconds: float) -> str:
    """Give `Sat, 13 Nov 2010 23:29:00 GMT`, whatever the locale. Callers keep it for a second."""
    t = datetime.fromtimestamp(int(unix_seconds), UTC)
    return (
        f"{_WEEKDAYS[t.weekday()]}, {t.day:02} {_MONTHS[t.month - 1]} {t.year:04} "
        f"{t.hour:02}:{t.minute:02}:{t.second:02} GMT"
    )
