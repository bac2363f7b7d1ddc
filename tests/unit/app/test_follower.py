"""The follower: what it waits for, and what it does when the database fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rollcall.app import follower as module
from rollcall.app.follower import Follower
from rollcall.storage.errors import JournalGapError
from rollcall.storage.journal_format import Position


class Journal:
    """A projection whose journal the test fills."""

    def __init__(self) -> None:
        self.durable = 0
        self.failing = False
        self.position = Position(1, 0, 0)
        self.stepped = asyncio.Event()
        self.shrunk = asyncio.Event()

    def run_once(self) -> Position:
        self.stepped.set()
        if self.failing:
            raise JournalGapError("a segment is missing")
        if self.position.group < self.durable:
            group = self.position.group + 1
            self.position = Position(1, group, group)
        return self.position

    def behind(self) -> int:
        return self.durable - self.position.group

    def shrink(self) -> None:
        self.shrunk.set()


async def at_once(work: Callable[[], Any]) -> Any:
    return work()


@asynccontextmanager
async def following(journal: Journal) -> AsyncIterator[Follower]:
    follower = Follower(journal, at_once)
    task = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_shows_all_groups() -> None:
    journal = Journal()
    journal.durable = 5
    async with following(journal) as follower:
        assert await follower.wait_for(5, 5.0)
        assert follower.shown == 5
        assert follower.behind() == 0


async def test_waiting_wakes_it() -> None:
    journal = Journal()
    async with following(journal) as follower:
        await journal.stepped.wait()
        journal.durable = 1
        assert await asyncio.wait_for(follower.wait_for(1, 5.0), 5.0)


async def test_waiting_ends_in_time() -> None:
    async with following(Journal()) as follower:
        assert not await follower.wait_for(1, 0.01)
        assert await follower.wait_for(0, 0.01)


async def test_it_goes_on_after_a_failure() -> None:
    journal = Journal()
    journal.failing = True
    journal.durable = 2
    async with following(journal) as follower:
        await journal.stepped.wait()
        assert not await follower.wait_for(2, 0.01)
        journal.failing = False
        assert await follower.wait_for(2, 5.0)


async def test_memory_is_given_back_when_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(module, "QUIET", 0.01)
    journal = Journal()
    async with following(journal) as follower:
        assert not await follower.wait_for(1, 0.03)
        assert not journal.shrunk.is_set()  # there was nothing to give back
        journal.durable = 1
        await asyncio.wait_for(journal.shrunk.wait(), 5.0)
        assert follower.shown == 1


async def test_memory_is_given_back_when_it_is_never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(module, "BUSY", 0.01)
    journal = Journal()
    journal.durable = 1_000_000
    async with following(journal):
        await asyncio.wait_for(journal.shrunk.wait(), 5.0)
        assert journal.behind()
