"""Durations and times as operators write and read them."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rollcall.app.command_line.durations import (
    duration_text,
    local_time,
    moment,
    parse_duration,
    parse_time,
    short_time,
)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    os.environ.setdefault("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("2D", 172_800),
        ("1w", 604_800),
    ],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10x", "-5", "1.5h", "10 minutes", "٣"])
def test_what_is_no_duration_says_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="write seconds, or 90s, 10m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-3, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m 00s"),
        (3599, "59m 59s"),
        (3600, "1h 00m"),
        (86_399, "23h 59m"),
        (86_400, "1d 00h"),
        (200_000, "2d 07h"),
    ],
)
def test_durations_are_written_in_two_units(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.usefixtures("berlin")
def test_times_are_local() -> None:
    assert local_time("2026-11-23T05:00:00.250Z") == "2026-11-23 06:00:00"
    assert local_time(None) == ""


@pytest.mark.usefixtures("berlin")
def test_short_times_are_as_short_as_clear() -> None:
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert short_time("2026-11-23T05:00:01Z", now) == "06:00:01"
    assert short_time("2026-11-22T22:59:00Z", now) == "Nov 22 23:59"
    assert short_time("2025-11-22T22:00:00Z", now) == "2025-11-22"
    assert short_time(None, now) == ""


@pytest.mark.usefixtures("berlin")
def test_times_without_zone_are_local() -> None:
    assert parse_time("2026-11-23T06:00").astimezone(UTC).hour == 5


@pytest.mark.usefixtures("berlin")
def test_moments_are_times_or_ages() -> None:
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert moment("2h", now) == "2026-11-23T10:00:00Z"
    assert moment("2026-11-23", now) == "2026-11-22T23:00:00Z"
    assert moment("2026-11-23T05:00:00Z", now) == "2026-11-23T05:00:00Z"
    with pytest.raises(ValueError, match="is no time; write"):
        moment("yesterday", now)
