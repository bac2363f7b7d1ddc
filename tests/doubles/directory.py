"""A Directory in a dictionary."""

from collections.abc import Callable

from rollcall.model.phone import Phone, Policy
from rollcall.sip.digest import Algorithm, ha1

REALM = "rollcall"


def make_phone(number: str, policy: Policy | None = None, password: str = "") -> Phone:
    """A phone whose password is "pw" and its number, unless given."""
    secret = password or f"pw{number}"
    return Phone(
        number,
        f"sip:{number}@{REALM}",
        policy or Policy(expires_jitter=0),
        ha1(Algorithm.MD5, number, REALM, secret),
        ha1(Algorithm.SHA_256, number, REALM, secret),
    )


class DictionaryDirectory:
    """Knows its phones at once; numbers in `slow` are loaded when `finish_loading` is called."""

    def __init__(self, *phones: Phone) -> None:
        self.phones = {phone.number: phone for phone in phones}
        self.slow: set[str] = set()
        self._loads: list[tuple[str, Callable[[Phone | None, str], None]]] = []

    def cached(self, number: str) -> Phone | None:
        return None if number in self.slow else self.phones.get(number)

    def missing(self, number: str) -> bool:
        return number not in self.slow and number not in self.phones

    def load(self, number: str, done: Callable[[Phone | None, str], None]) -> None:
        self._loads.append((number, done))

    def finish_loading(self, error: str = "") -> None:
        loads, self._loads = self._loads, []
        for number, done in loads:
            self.slow.discard(number)
            done(None if error else self.phones.get(number), error)

    def default_policy(self) -> Policy:
        return Policy(expires_jitter=0)

    def algorithm_orders(self) -> dict[tuple[str, ...], int]:
        return {("MD5", "SHA-256"): 1}
