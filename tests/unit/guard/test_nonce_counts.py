import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.guard.nonce_counts import (
    KEPT_PER_DEVICE,
    LEAST_KEPT,
    is_repetition,
    live_uses,
    may_be_forgotten,
    record_use,
    rises,
)
from rollcall.model.record import NonceUse

NOW = 100.0


def use(nonce_id: int, count: int = 1, request: int = 11, until: float = 400.0) -> NonceUse:
    return NonceUse(nonce_id, count, request, until)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, False), (2, False), (3, False), (4, True), (99, True)]
)
@pytest.mark.rfc("7616", "3.4", "nc: must rise")
def test_a_count_must_rise(count: int, *, expected: bool) -> None:
    assert rises((use(1, 7), use(5, 3)), 5, count) is expected


@pytest.mark.parametrize("count", [0, 1, 77])
def test_any_count_may_be_the_first_on_a_nonce(count: int) -> None:
    assert rises((use(1, 100),), 5, count)


def test_the_same_request_again_is_a_repetition() -> None:
    uses = (use(1, 7, 70), use(5, 3, 30))
    assert is_repetition(uses, 5, 3, 30, may_repeat=False)
    assert not is_repetition(uses, 5, 3, 31, may_repeat=False), "another request"
    assert not is_repetition(uses, 5, 2, 30, may_repeat=False), "another count"
    assert not is_repetition(uses, 6, 3, 30, may_repeat=False), "another nonce"
    assert is_repetition(uses, 5, 2, 30, may_repeat=True), "a device that never raises it"


def test_living_uses_stay_the_same_object() -> None:
    uses = (use(1), use(2, until=NOW))
    assert live_uses(uses, NOW) is uses
    assert live_uses((), NOW) == ()


def test_dead_uses_go() -> None:
    living = use(2, until=NOW)
    assert live_uses((use(1, until=NOW - 1), living), NOW) == (living,)


def test_a_use_takes_the_place_of_the_one_before_it() -> None:
    assert record_use((use(5, 3),), use(5, 4, 40), NOW, 1) == (use(5, 4, 40),)
    assert record_use((use(5, 3), use(6)), use(5, 4, 40), NOW, 1) == (use(6), use(5, 4, 40))
    assert record_use((), use(5), NOW, 1) == (use(5),)


@pytest.mark.parametrize("others", [(), (use(6),)])
def test_the_highest_count_is_kept_when_a_device_goes_back(others: tuple[NonceUse, ...]) -> None:
    kept = record_use((use(5, 9, 90), *others), use(5, 4, 40), NOW, 1)
    assert kept == (*others, use(5, 9, 40))


def test_dead_uses_are_dropped_when_one_is_added() -> None:
    kept = record_use((use(1, until=NOW - 1), use(2)), use(5), NOW, 1)
    assert kept == (use(2), use(5))


@given(lives=st.lists(st.integers(100, 500), max_size=40), devices=st.integers(1, 8))
def test_at_most_so_many_are_kept_and_those_that_live_longest(
    lives: list[int], devices: int
) -> None:
    uses: tuple[NonceUse, ...] = ()
    for nonce_id, until in enumerate(lives):
        uses = record_use(uses, use(nonce_id, until=until), NOW, devices)
    limit = max(LEAST_KEPT, KEPT_PER_DEVICE * devices)
    assert sorted(kept.until for kept in uses) == sorted(lives)[-limit:]


@given(st.lists(st.floats(NOW, 400), min_size=1, max_size=40, unique=True), st.integers(1, 10))
def test_what_had_to_go_serves_no_further_request(deaths: list[float], devices: int) -> None:
    uses: tuple[NonceUse, ...] = ()
    for nonce_id, until in enumerate(deaths):
        uses = record_use(uses, use(nonce_id, until=until), NOW, devices)
    kept = {one.nonce_id for one in uses}
    for nonce_id, until in enumerate(deaths):
        assert may_be_forgotten(uses, nonce_id, until, devices) is (nonce_id not in kept)


def test_a_new_nonce_may_always_be_used() -> None:
    full = tuple([use(nonce_id, until=300.0) for nonce_id in range(LEAST_KEPT)])
    assert not may_be_forgotten(full, 99, 300.0, 1), "made in the same second"
    assert not may_be_forgotten(full[1:], 99, 200.0, 1), "nothing had to go"
