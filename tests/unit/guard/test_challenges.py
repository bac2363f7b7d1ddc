import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.guard.challenges import Challenges, Order
from rollcall.sip.authorization import parse_challenge

KEY = b"k" * 32
ORDERS: dict[Order, int] = {("MD5", "SHA-256"): 1, ("SHA-256", "MD5"): 1, ("MD5",): 1}
FIRST_TWO = dict(list(ORDERS.items())[:2])


@pytest.mark.rfc("8760", "2.3", "one header for each algorithm, in order")
def test_one_header_for_each_algorithm_in_order() -> None:
    headers = Challenges("rollcall", KEY).headers(("SHA-256", "MD5"), "abc", stale=False)
    assert headers == (
        ("WWW-Authenticate", 'Digest realm="rollcall", nonce="abc", algorithm=SHA-256, qop="auth"'),
        ("WWW-Authenticate", 'Digest realm="rollcall", nonce="abc", algorithm=MD5, qop="auth"'),
    )


@pytest.mark.rfc("7616", "3.3", "stale")
@pytest.mark.parametrize("stale", [True, False])
def test_stale_is_said_only_when_it_is_so(*, stale: bool) -> None:
    ((_, line),) = Challenges("rollcall", KEY).headers(("MD5",), "abc", stale=stale)
    assert parse_challenge(line).stale is stale
    assert ("stale" in line) is stale


def test_a_realm_with_quotes_is_written_so_that_it_can_be_read() -> None:
    ((_, line),) = Challenges('a "b" c', KEY).headers(("MD5",), "abc", stale=False)
    challenge = parse_challenge(line)
    assert (challenge.realm, challenge.nonce) == ('a "b" c', "abc")


@given(number=st.text(max_size=20))
def test_a_made_up_order_is_one_in_use_and_stable_across_restarts(number: str) -> None:
    order = Challenges("rollcall", KEY).made_up_order(number, ORDERS)
    assert order in ORDERS
    assert Challenges("rollcall", KEY).made_up_order(number, ORDERS) == order


def test_made_up_orders_use_all_there_are() -> None:
    challenges = Challenges("rollcall", KEY)
    assert {challenges.made_up_order(str(n), ORDERS) for n in range(100)} == set(ORDERS)


def test_an_order_is_made_up_as_often_as_phones_have_it() -> None:
    challenges = Challenges("rollcall", KEY)
    common, rare = ("MD5", "SHA-256"), ("SHA-256",)
    drawn = [challenges.made_up_order(str(n), {common: 16, rare: 1}) for n in range(1700)]
    assert 70 < drawn.count(rare) < 140, "one in seventeen is 100"


def test_an_order_that_grows_more_common_wins_numbers_and_loses_none() -> None:
    challenges = Challenges("rollcall", KEY)
    first, second = ("MD5",), ("SHA-256",)
    for n in range(200):
        before = challenges.made_up_order(str(n), {first: 4, second: 4})
        after = challenges.made_up_order(str(n), {first: 8, second: 4})
        assert after in (before, first)


def test_another_key_draws_other_lots() -> None:
    first, second = Challenges("rollcall", KEY), Challenges("rollcall", b"j" * 32)
    drawn = [
        [challenges.made_up_order(str(n), ORDERS) for n in range(100)]
        for challenges in (first, second)
    ]
    assert drawn[0] != drawn[1]


def test_an_order_more_changes_only_the_numbers_that_win_it() -> None:
    challenges = Challenges("rollcall", KEY)
    for n in range(100):
        before = challenges.made_up_order(str(n), FIRST_TWO)
        after = challenges.made_up_order(str(n), ORDERS)
        assert after in (before, ("MD5",))


def test_the_sequence_of_the_orders_does_not_matter() -> None:
    challenges = Challenges("rollcall", KEY)
    for n in range(20):
        forth = challenges.made_up_order(str(n), ORDERS)
        assert challenges.made_up_order(str(n), dict(reversed(ORDERS.items()))) == forth
