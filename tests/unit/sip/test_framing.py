import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.sip.errors import FramingError
from rollcall.sip.framing import PING, StreamFramer
from rollcall.sip.header_lines import MAX_LINE, MAX_MESSAGE

EMPTY = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: 0\r\n\r\n"
BODY = b"MESSAGE sip:h SIP/2.0\r\nl : 4\r\nVia: SIP/2.0/TCP h\r\n\r\na\r\n\r"
ANSWER = b"SIP/2.0 200 OK\r\nCONTENT-LENGTH:\r\n 2\r\n\r\nab"


@pytest.mark.rfc("3261", "18.3")
def test_messages_back_to_back() -> None:
    framer = StreamFramer()
    assert framer.feed(EMPTY + BODY + ANSWER + EMPTY[:9]) == [EMPTY, BODY, ANSWER]
    assert framer.pending == 9
    assert framer.feed(EMPTY[9:]) == [EMPTY]
    assert framer.pending == 0


def test_byte_by_byte() -> None:
    framer = StreamFramer()
    frames = [frame for byte in EMPTY + PING + BODY for frame in framer.feed(bytes([byte]))]
    assert frames == [EMPTY, PING, BODY]


@pytest.mark.rfc("5626", "4.4.1")
def test_pings() -> None:
    framer = StreamFramer()
    assert framer.feed(PING) == [PING]
    assert framer.feed(b"\r\n") == []
    assert framer.feed(b"\r\n") == [PING]
    assert framer.feed(PING + PING + EMPTY) == [PING, PING, EMPTY]


@pytest.mark.rfc("3261", "7.5")
@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\n\n", b"\r"])
def test_single_line_breaks_between_messages_are_ignored(before: bytes) -> None:
    framer = StreamFramer()
    assert framer.feed(before + EMPTY + before + EMPTY) == [EMPTY, EMPTY]


def test_lf_alone() -> None:
    data = BODY.replace(b"\r\n\r\na\r\n\r", b"\n\nabcd").replace(b"\r\n", b"\n")
    assert StreamFramer().feed(data + EMPTY) == [data, EMPTY]


def test_missing_content_length_counts_as_none() -> None:
    framer = StreamFramer()
    data = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n\r\n"
    assert framer.feed(data + data) == [data, data]
    assert framer.missing_lengths == 2


def test_the_same_length_twice_is_tolerated() -> None:
    data = BODY.replace(b"l : 4", b"l: 4\r\nContent-Length: 4")
    assert StreamFramer().feed(data) == [data]


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/1.1\r\n",
        b"A" * (MAX_LINE + 2),
        b"OPTIONS sip:h SIP/2.0\r\n" + b"x: y\r\n" * (MAX_MESSAGE // 6),
        BODY.replace(b"l : 4", b"l: 70000"),
        BODY.replace(b"l : 4", b"l: -1"),
        BODY.replace(b"l : 4", b"l: 4, 5"),
        BODY.replace(b"l : 4", b"l:"),
        BODY.replace(b"l : 4", b"l: 4\r\nl: 5"),
        BODY.replace(b"l : 4", b"l: " + b"9" * 5000),
    ],
)
def test_streams_that_are_lost(data: bytes) -> None:
    with pytest.raises(FramingError):
        StreamFramer().feed(data)


def test_the_error_carries_what_was_complete_and_what_can_be_answered() -> None:
    broken = BODY.replace(b"l : 4", b"l: -1")
    with pytest.raises(FramingError) as caught:
        StreamFramer().feed(EMPTY + broken)
    assert caught.value.frames == [EMPTY]
    assert caught.value.head == broken[:-4]


def test_a_body_that_trickles_is_not_searched_again() -> None:
    framer = StreamFramer()
    data = BODY.replace(b"l : 4", b"l: 60000")[:-4]
    assert framer.feed(data) == []
    for _ in range(59_999):
        assert framer.feed(b"x") == []
    assert framer.feed(b"x") == [data + b"x" * 60000]


@given(st.binary(max_size=300), st.integers(1, 20))
def test_any_bytes_are_framed_or_refused(data: bytes, size: int) -> None:
    framer = StreamFramer()
    try:
        for start in range(0, len(data), size):
            framer.feed(data[start : start + size])
    except FramingError:
        pass


@given(
    st.lists(st.sampled_from([EMPTY, BODY, ANSWER, PING]), max_size=8), st.lists(st.integers(1, 80))
)
def test_cuts_make_no_difference(messages: list[bytes], cuts: list[int]) -> None:
    framer = StreamFramer()
    data = b"".join(messages)
    frames = []
    for size in cuts:
        frames += framer.feed(data[:size])
        data = data[size:]
    frames += framer.feed(data)
    assert frames == messages
