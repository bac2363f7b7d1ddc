import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.guard.nonce import NonceMint, Unusable

KEY = b"k" * 32
HOST = "192.0.2.1"
LIFETIME = 300.0


def mint_of(key: bytes = KEY, lifetime: float = LIFETIME) -> NonceMint:
    return NonceMint(key, lifetime)


times = st.floats(min_value=0, max_value=2**32 - 400)
hosts = st.one_of(st.ip_addresses().map(str))


@pytest.mark.rfc("7616", "3.3", "nonce: knows its own")
@given(now=times, host=hosts, age=st.floats(min_value=0, max_value=LIFETIME - 1))
def test_a_nonce_is_taken_from_its_address_while_it_lives(
    now: float, host: str, age: float
) -> None:
    mint = mint_of()
    nonce = mint.mint(now, host)
    nonce_id = mint.check(nonce, now + age, host)
    assert isinstance(nonce_id, int)
    assert 0 <= nonce_id < 2**64
    assert now + age <= mint.dies_at(nonce_id) <= now + LIFETIME


@pytest.mark.rfc("7616", "3.3", "nonce: a forged one is not taken")
@given(text=st.text(max_size=60), now=times)
def test_any_other_text_is_invalid(text: str, now: float) -> None:
    assert mint_of().check(text, now, HOST) is Unusable.INVALID


@given(text=st.text(alphabet=string.hexdigits + " ", min_size=40, max_size=40))
def test_text_of_the_right_shape_is_invalid_too(text: str) -> None:
    assert mint_of().check(text, 5.0, HOST) is Unusable.INVALID


@given(place=st.integers(min_value=0, max_value=39), digit=st.sampled_from("0123456789abcdef"))
def test_every_digit_counts(place: int, digit: str) -> None:
    mint = mint_of()
    nonce = mint.mint(5.0, HOST)
    changed = nonce[:place] + digit + nonce[place + 1 :]
    expected: object = mint.check(nonce, 5.0, HOST) if changed == nonce else Unusable.INVALID
    assert mint.check(changed, 5.0, HOST) == expected


@pytest.mark.rfc("7616", "3.3", "nonce: bound to the client's address")
@given(first=hosts, second=hosts)
def test_another_address_cannot_use_it(first: str, second: str) -> None:
    mint = mint_of()
    usable = mint.check(mint.mint(5.0, first), 5.0, second) is not Unusable.INVALID
    assert usable == (first == second)


def test_another_key_makes_it_invalid_and_the_same_key_survives_a_restart() -> None:
    nonce = mint_of().mint(5.0, HOST)
    assert mint_of(b"j" * 32).check(nonce, 5.0, HOST) is Unusable.INVALID
    assert isinstance(mint_of().check(nonce, 5.0, HOST), int)


@pytest.mark.parametrize(
    ("seconds_later", "usable"),
    [(0, True), (300, True), (300.5, False), (1e6, False), (-5, True), (-5.5, False)],
)
@pytest.mark.rfc("7616", "3.3", "stale: a nonce has an end")
def test_too_old_or_from_the_future_is_stale(seconds_later: float, *, usable: bool) -> None:
    mint = mint_of()
    checked = mint.check(mint.mint(1000.0, HOST), 1000.0 + seconds_later, HOST)
    assert isinstance(checked, int) if usable else checked is Unusable.STALE


def test_a_new_lifetime_counts_at_once() -> None:
    mint = mint_of()
    nonce = mint.mint(1000.0, HOST)
    mint.lifetime = 10.0
    assert mint.check(nonce, 1011.0, HOST) is Unusable.STALE


def test_nonces_of_one_second_differ() -> None:
    mint = mint_of()
    assert len({mint.mint(7.0, HOST) for _ in range(100)}) == 100


def test_time_and_salt_decide_the_nonce() -> None:
    first, second = (NonceMint(KEY, LIFETIME, lambda: 9) for _ in range(2))
    assert first.mint(7.0, HOST) == second.mint(7.9, HOST) != second.mint(8.0, HOST)
    assert first.check(first.mint(7.0, HOST), 7.0, HOST) == 7 << 32 | 9


def test_a_nonce_can_be_read_in_upper_case_and_names_the_same() -> None:
    mint = mint_of()
    nonce = mint.mint(7.0, HOST)
    assert mint.check(nonce.upper(), 7.0, HOST) == mint.check(nonce, 7.0, HOST)
