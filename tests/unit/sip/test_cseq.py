import pytest

from rollcall.sip.cseq import MAX_NUMBER, CSeq, parse_cseq
from rollcall.sip.errors import ParseError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 REGISTER", CSeq(1, "REGISTER")),
        ("0009   INVITE", CSeq(9, "INVITE")),
        ("2\tACK", CSeq(2, "ACK")),
        (" 3 NEWMETHOD ", CSeq(3, "NEWMETHOD")),
        (f"{MAX_NUMBER} BYE", CSeq(MAX_NUMBER, "BYE")),
    ],
)
@pytest.mark.rfc("3261", "20.16")
def test_parse(text: str, expected: CSeq) -> None:
    assert parse_cseq(text) == expected
    assert parse_cseq(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "REGISTER",
        "x REGISTER",
        "-1 REGISTER",
        "1 A B",
        "2147483648 REGISTER",
        "٣ REGISTER",
        "36893488147419103232 REGISTER",
        "9" * 5000 + " REGISTER",
    ],
)
@pytest.mark.rfc("4475", "3.1.2.4")
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_cseq(text)
    assert caught.value.status == 400
