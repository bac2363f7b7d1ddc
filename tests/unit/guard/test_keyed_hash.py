import pytest

from rollcall.guard.keyed_hash import KeyedHash

KEY = b"k" * 32


def test_gives_the_size_asked_for_and_the_same_each_time() -> None:
    keyed = KeyedHash(KEY, "nonce", 12)
    assert len(keyed(b"data")) == 12
    assert keyed(b"data") == keyed(b"data") == KeyedHash(KEY, "nonce", 12)(b"data")


def test_depends_on_data_key_and_purpose() -> None:
    answers = {
        KeyedHash(KEY, "nonce", 12)(b"data"),
        KeyedHash(KEY, "nonce", 12)(b"date"),
        KeyedHash(b"K" * 32, "nonce", 12)(b"data"),
        KeyedHash(KEY, "order", 12)(b"data"),
    }
    assert len(answers) == 4


@pytest.mark.parametrize("length", [0, 15, 65])
def test_refuses_keys_too_short_or_too_long(length: int) -> None:
    with pytest.raises(ValueError, match=f"16 to 64 bytes, this one {length}"):
        KeyedHash(b"k" * length, "nonce", 12)


@pytest.mark.parametrize("length", [16, 64])
def test_takes_keys_at_the_limits(length: int) -> None:
    assert KeyedHash(b"k" * length, "nonce", 8)(b"")
