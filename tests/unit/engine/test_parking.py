"""Messages wait for the directory, in a lot that cannot overflow."""

from collections.abc import Callable

from rollcall.engine.parking import ParkingLot
from rollcall.model.phone import Phone, Policy


class SlowDirectory:
    """Loads when the test says so."""

    def __init__(self) -> None:
        self.loads: dict[str, Callable[[Phone | None, str], None]] = {}

    def cached(self, number: str) -> Phone | None:
        return None

    def missing(self, number: str) -> bool:
        return False

    def load(self, number: str, done: Callable[[Phone | None, str], None]) -> None:
        assert number not in self.loads, "one read for all that wait"
        self.loads[number] = done

    def default_policy(self) -> Policy:
        return Policy()

    def algorithm_orders(self) -> dict[tuple[str, ...], int]:
        return {("MD5",): 1}


def _note(
    seen: list[tuple[int, Phone | None, str]], number: int
) -> Callable[[Phone | None, str], None]:
    return lambda phone, error: seen.append((number, phone, error))


def test_all_who_wait_for_a_number_go_on_together() -> None:
    directory = SlowDirectory()
    lot = ParkingLot(directory)
    seen: list[tuple[int, Phone | None, str]] = []
    for number in range(3):
        assert lot.park("1001", _note(seen, number))
    assert lot.count == 3
    phone = Phone("1001", "sip:1001@example.com", Policy())
    directory.loads.pop("1001")(phone, "")
    assert seen == [(0, phone, ""), (1, phone, ""), (2, phone, "")]
    assert lot.count == 0


def test_full_lot_drops_and_counts() -> None:
    directory = SlowDirectory()
    lot = ParkingLot(directory, limit=2)
    assert [lot.park(str(number), lambda phone, error: None) for number in range(4)] == [
        True,
        True,
        False,
        False,
    ]
    assert lot.dropped == 2
    assert len(directory.loads) == 2


def test_error_reaches_those_who_wait() -> None:
    directory = SlowDirectory()
    lot = ParkingLot(directory)
    seen: list[str] = []
    lot.park("1001", lambda phone, error: seen.append(error))
    directory.loads.pop("1001")(None, "disk I/O error")
    assert seen == ["disk I/O error"]
