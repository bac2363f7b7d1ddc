"""Rules that hold for every test: no silent skip, no way out of this machine.

The `rfc` marker and its report are in `tools/conformance.py`.
"""

import ipaddress
import os
import sys
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

# Deadlines per example would make a slow machine fail tests that are right; the time-out of
# the whole test stays. `make soak` asks for the second profile.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=5_000)
settings.load_profile(os.environ.get("ROLLCALL_HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag that permits skips."""
    parser.addoption(
        "--allow-skips",
        action="store_true",
        help="let a skipped test pass; without it a skip is a failure",
    )


def _refuse_skip(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that repeats its reason; xfail is left alone."""
    if not report.skipped or hasattr(report, "wasxfail") or config.getoption("allow_skips"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{reason}\nA skip is a failure; allow it with --allow-skips."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Refuse skips inside tests and fixtures."""
    report = yield
    _refuse_skip(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse skips of whole modules."""
    report = yield
    _refuse_skip(collector.config, report)
    return report


class OutsideNetworkError(RuntimeError):
    """A test tried to reach something beyond this machine."""


def _leaves_machine(address: object) -> bool:
    """Whether a socket address (or host name) is beyond loopback; Unix paths are not."""
    host = address[0] if isinstance(address, tuple) and address else address
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or not isinstance(address, tuple):
        return False
    if host in ("", "localhost"):
        return False
    try:
        literal = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return True  # a name: resolving it would ask a server
    # Addresses of this machine's own interfaces are told apart by the kernel's answer to a
    # bind; tests use loopback, and that is all that is allowed to be sent to.
    return not literal.is_loopback


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: stop what would leave the machine. Binding is local and stays allowed."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if _leaves_machine(address):
            raise OutsideNetworkError(f"{event} to {address!r}: tests stay on loopback")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if host is not None and _leaves_machine((host, arguments[1])):
            try:
                ipaddress.ip_address(host if isinstance(host, str) else host.decode("ascii"))
            except ValueError:
                raise OutsideNetworkError(f"looking up {host!r}: tests ask no DNS") from None


sys.addaudithook(_watch)
