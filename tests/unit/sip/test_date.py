import pytest

from rollcall.sip.date import format_date


@pytest.mark.rfc("3261", "20.17")
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1289690940.9, "Sat, 13 Nov 2010 23:29:00 GMT"),
        (1709164799, "Wed, 28 Feb 2024 23:59:59 GMT"),
        (1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"),
    ],
)
def test_format_date(seconds: float, text: str) -> None:
    assert format_date(seconds) == text
