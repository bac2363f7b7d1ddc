"""RFC 3339."""

import pytest

from rollcall.api.times import read_time, show_time


def test_times_are_utc_with_milliseconds() -> None:
    assert show_time(None) is None
    assert show_time(0.0) == "1970-01-01T00:00:00.000Z"
    assert show_time(1_700_000_000.9996) == "2023-11-14T22:13:21.000Z"
    assert show_time(1_700_000_000.25) == "2023-11-14T22:13:20.250Z"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("2023-11-14T23:13:20.5+01:00", 1_700_000_000.5),
        ("2023-11-14T22:13:20", 1_700_000_000.0),
        ("2023-11-14", 1_699_920_000.0),
        ("1700000000", 1_700_000_000.0),
    ],
)
def test_reading(text: str, seconds: float) -> None:
    assert read_time(text) == seconds


@pytest.mark.parametrize("text", ["x", "now", "nan", "inf", "2023-13-01"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text)
