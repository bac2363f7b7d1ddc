from rollcall.sip.status import REASON_PHRASES, reason_phrase


def test_reason_phrases() -> None:
    assert reason_phrase(423) == "Interval Too Brief"
    assert reason_phrase(499) == "Bad Request"
    assert reason_phrase(699) == "Failure"
    assert all(text.isascii() and text for text in REASON_PHRASES.values())
