from rollcall.sip.errors import MAX_REASON, FramingError, ParseError, SipError, Unanswerable


def test_every_error_is_a_sip_error() -> None:
    for error in (ParseError(400, "x"), Unanswerable("x"), FramingError("x")):
        assert isinstance(error, SipError)


def test_parse_error_knows_its_answer() -> None:
    error = ParseError(416, "Unsupported URI Scheme")
    assert (error.status, error.reason, error.message) == (416, "Unsupported URI Scheme", None)
    assert str(error) == "416 Unsupported URI Scheme"


def test_a_reason_is_never_long() -> None:
    assert len(ParseError(400, "x" * 500).reason) == MAX_REASON


def test_framing_error_keeps_the_head() -> None:
    assert FramingError("x", b"head").head == b"head"
    assert FramingError("x").frames == []
