"""`rollcall.storage.expensive`: what takes long is counted less often."""

from rollcall.storage.expensive import KEPT_TIMES, LIMIT, ExpensiveNumbers


class Counting:
    """Counts how often it counts; each time takes `cost` seconds of its own clock."""

    def __init__(self, cost: float) -> None:
        self.cost = cost
        self.time = 0.0
        self.times = 0

    def clock(self) -> float:
        return self.time

    def count(self) -> int:
        self.time += self.cost
        self.times += 1
        return self.times


def test_what_is_cheap_is_always_exact() -> None:
    counting = Counting(0.01)
    numbers = ExpensiveNumbers(counting.clock)
    assert [numbers.get("a", counting.count) for _ in range(3)] == [1, 2, 3]


def test_what_is_expensive_is_kept_for_a_while() -> None:
    counting = Counting(0.2)
    numbers = ExpensiveNumbers(counting.clock)
    assert [numbers.get("a", counting.count) for _ in range(3)] == [1, 1, 1]
    counting.time += KEPT_TIMES * 0.2
    assert numbers.get("a", counting.count) == 2


def test_keys_are_told_apart_and_bounded() -> None:
    counting = Counting(0.2)
    counting.cost = 0.06
    numbers = ExpensiveNumbers(counting.clock)
    found = [numbers.get(key, counting.count) for key in range(LIMIT + 1)]
    assert found == list(range(1, LIMIT + 2))
    assert numbers.get(0, counting.count) == LIMIT + 2
