"""One server for all interop tests of a module; each test has phones of its own."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from harness.disk import disk_folder
from harness.phone_book import password_of
from harness.server import Server


@pytest.fixture(scope="module")
def lenient() -> Iterator[Server]:
    """A server that grants short registrations and rates, and exact times."""
    with disk_folder() as folder, Server(folder) as server:
        server.rollcall("param", "set", "expires_min", "10")
        server.rollcall("param", "set", "expires_jitter", "0")
        yield server


@pytest.fixture(scope="module")
def new_phone(lenient: Server) -> Callable[[], str]:
    """Provisions one more phone and gives its number; its password is `password_of` it."""
    numbers = itertools.count(1001)

    def provision() -> str:
        number = str(next(numbers))
        lenient.rollcall("phone", "add", number, "--password", password_of(number))
        return number

    return provision
