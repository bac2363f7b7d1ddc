import pytest

from rollcall.sip.memo import MAX_KEY, REFILL, Memo, memo_statistics


def test_a_repeated_text_is_decoded_once() -> None:
    decoded: list[str] = []

    def decode(text: str) -> str:
        decoded.append(text)
        return text.upper()

    memo = Memo("test_once", decode)
    assert [memo("a"), memo("a"), memo("b")] == ["A", "A", "B"]
    assert decoded == ["a", "b"]
    assert memo_statistics()["test_once"] == (1, 2)


def test_it_is_bounded_and_stops_storing() -> None:
    memo = Memo("test_bound", str, limit=10)
    for number in range(100):
        memo(str(number))
    assert len(memo) == 10
    memo("0")
    assert memo.hits == 1


def test_it_starts_afresh_after_many_misses() -> None:
    memo = Memo("test_afresh", str, limit=10)
    for number in range(10 + 10 * REFILL):
        memo(str(number))
    assert len(memo) == 1
    memo("new")
    memo("new")
    assert memo.hits == 1


def test_long_texts_are_not_kept() -> None:
    memo = Memo("test_long", str)
    memo("x" * (MAX_KEY + 1))
    assert len(memo) == 0


def test_errors_are_not_remembered() -> None:
    def fail(text: str) -> int:
        raise ValueError(text)

    memo = Memo("test_errors", fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            memo("x")
    assert len(memo) == 0
