"""`Directory` in memory only: for tests and for systems without a database."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from rollcall.model.phone import Phone, Policy
from rollcall.storage.directory import Deliver, Done
from rollcall.storage.phone_reader import order_weight


def at_once(call: Callable[[], None]) -> None:
    """Deliver without a loop."""
    call()


class MemoryDirectory:
    """Knows the phones it is given, but like any directory only after they were loaded."""

    def __init__(
        self,
        phones: Iterable[Phone] = (),
        default_policy: Policy | None = None,
        deliver: Deliver = at_once,
    ) -> None:
        self._phones = {phone.number: phone for phone in phones}
        self._default = Policy() if default_policy is None else default_policy
        self._deliver = deliver
        self._loaded: dict[str, Phone | None] = {}

    def put(self, phone: Phone) -> None:
        """Provision a phone, or change it."""
        self._phones[phone.number] = phone
        self.invalidate(phone.number)

    def remove(self, number: str) -> None:
        """Take a phone away."""
        self._phones.pop(number, None)
        self.invalidate(number)

    def cached(self, number: str) -> Phone | None:
        """Give the phone, if it was loaded."""
        return self._loaded.get(number)

    def missing(self, number: str) -> bool:
        """Tell whether loading it found nobody."""
        return number in self._loaded and self._loaded[number] is None

    def load(self, number: str, done: Done) -> None:
        """Fetch a phone; `done` is called through `deliver`."""

        def finish() -> None:
            phone = self._loaded[number] = self._phones.get(number)
            done(phone, "")

        self._deliver(finish)

    def default_policy(self) -> Policy:
        """Give the policy of phones without overrides."""
        return self._default

    def algorithm_orders(self) -> Mapping[tuple[str, ...], int]:
        """Give every order of algorithms that some phone is offered, with its weight."""
        counts = Counter({self._default.auth_algorithms: 0})
        counts.update(phone.policy.auth_algorithms for phone in self._phones.values())
        return {order: order_weight(count) for order, count in counts.items()}

    def invalidate(self, number: str) -> None:
        """Forget what was loaded of a number."""
        self._loaded.pop(number, None)

    def invalidate_all(self) -> None:
        """Forget all that was loaded."""
        self._loaded.clear()
