"""No silent skip, no way out of this machine."""

import socket

import pytest

from harness.rules import OutsideNetworkError

pytest_plugins = ["pytester"]

# RFC 5737: an address for documentation; nobody lives there.
STRANGER = ("192.0.2.1", 5060)


def test_datagram_to_a_stranger_is_stopped() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        with pytest.raises(OutsideNetworkError):
            sender.sendto(b"x", STRANGER)
        with pytest.raises(OutsideNetworkError):
            sender.connect(STRANGER)


def test_lookup_of_a_name_is_stopped() -> None:
    with pytest.raises(OutsideNetworkError):
        socket.getaddrinfo("example.com", 5060)


def test_loopback_is_free() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        sender.sendto(b"x", receiver.getsockname())
        assert receiver.recv(1) == b"x"


SKIPPING = """
import pytest

def test_one():
    pytest.skip("no such device")

@pytest.mark.xfail(reason="known", strict=True)
def test_two():
    raise ValueError
"""


@pytest.mark.parametrize(("flags", "passed"), [((), False), (("--allow-skips",), True)])
def test_skip_fails_unless_allowed(
    pytester: pytest.Pytester, flags: tuple[str, ...], passed: bool
) -> None:
    pytester.makeconftest(
        "from harness.rules import pytest_addoption, pytest_runtest_makereport\n"
        "from harness.rules import pytest_make_collect_report\n"
    )
    pytester.makepyfile(SKIPPING)
    result = pytester.runpytest(*flags, "-p", "no:asyncio")
    result.assert_outcomes(skipped=int(passed), failed=int(not passed), xfailed=1)
