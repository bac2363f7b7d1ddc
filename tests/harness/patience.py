"""Waiting for something that another process does: ask again until it is so."""

import select
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PACE = 0.02
"""Seconds between two questions: short against every limit that is tested, long enough to
leave the processor to the process that is waited for."""


def eventually(question: Callable[[], T | None], *, within: float = 5.0, what: str = "") -> T:
    """The first true answer; raises AssertionError with the last one after `within` seconds.

    Where a process tells by itself that it is done, wait for that instead.
    """
    deadline = time.monotonic() + within
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or question!r}; last: {answer!r}")
        select.select([], [], [], PACE)
