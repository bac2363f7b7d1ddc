"""How long a binding is granted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.model.phone import Policy
from rollcall.registrar.expiry import asked_expires, granted_expires, seconds_left

POLICY = Policy(expires_jitter=0)


def granted(asked: int, policy: Policy = POLICY, *, nat_udp: bool = False, cseq: int = 1) -> int:
    return granted_expires(asked, policy, nat_udp, "call-a", cseq, "<sip:1001@h>")


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_the_parameter_counts_before_the_header_before_the_default() -> None:
    assert asked_expires(100, 200, POLICY) == 100
    assert asked_expires(0, 200, POLICY) == 0
    assert asked_expires(None, 200, POLICY) == 200
    assert asked_expires(None, 0, POLICY) == 0
    assert asked_expires(None, None, Policy(expires_default=1800)) == 1800


def test_the_default_is_never_too_brief() -> None:
    assert asked_expires(None, None, Policy(expires_default=30, expires_min=60)) == 60


@pytest.mark.rfc("3261", "10.3", "step 7")
def test_more_than_the_maximum_is_shortened_to_it() -> None:
    assert granted(2**32 - 1, Policy(expires_max=1800, expires_jitter=0)) == 1800
    assert granted(1799, Policy(expires_max=1800, expires_jitter=0)) == 1799


def test_udp_behind_nat_is_capped_also_below_the_minimum() -> None:
    policy = Policy(expires_nat=40, expires_jitter=0)
    assert granted(3600, policy, nat_udp=True) == 40
    assert granted(3600, policy) == 3600


def test_jitter_is_a_function_of_the_request() -> None:
    policy = Policy(expires_jitter=10)
    assert granted(3600, policy) == granted(3600, policy)
    assert len({granted(3600, policy, cseq=cseq) for cseq in range(50)}) > 40


def test_jitter_spreads_over_its_whole_range() -> None:
    policy = Policy(expires_jitter=50)
    values = [granted(3600, policy, cseq=cseq) for cseq in range(4000)]
    for low in range(1800, 3600, 180):
        share = sum(low < value <= low + 180 for value in values)
        assert 300 < share < 500, low


def test_jitter_never_goes_below_the_minimum() -> None:
    policy = Policy(expires_min=60, expires_jitter=50)
    values = {granted(80, policy, cseq=cseq) for cseq in range(200)}
    assert min(values) == 60
    assert max(values) == 80


@given(
    st.integers(10, 100_000),
    st.integers(10, 3600),
    st.integers(60, 86400),
    st.integers(30, 3600),
    st.integers(0, 50),
    st.booleans(),
    st.integers(0, 2**31 - 1),
)
def test_jitter_only_shortens_and_never_below_the_minimum(
    asked: int, low: int, high: int, cap: int, percent: int, nat_udp: bool, cseq: int
) -> None:
    policy = Policy(expires_min=low, expires_max=high, expires_nat=cap, expires_jitter=percent)
    bare = Policy(expires_min=low, expires_max=high, expires_nat=cap, expires_jitter=0)
    most = granted(asked, bare, nat_udp=nat_udp)
    value = granted(asked, policy, nat_udp=nat_udp, cseq=cseq)
    assert value <= most
    assert value >= min(low, most)
    assert value >= most - most * percent / 100 - 1


def test_seconds_left_are_whole_and_not_promised_twice() -> None:
    assert seconds_left(160.0, 100.0) == 60
    assert seconds_left(160.0, 100.5) == 59
    assert seconds_left(100.2, 100.0) == 1


@given(st.floats(0, 1e9), st.integers(1, 100_000))
def test_a_fresh_binding_shows_exactly_what_was_granted(now: float, seconds: int) -> None:
    assert seconds_left(now + seconds, now) == seconds
