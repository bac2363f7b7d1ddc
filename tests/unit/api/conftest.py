"""The API over a real database; the SIP process is a double."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from doubles.control_side import ControlSide, control_side
from doubles.view import binding, project


@pytest_asyncio.fixture
async def side(tmp_path: Path) -> AsyncIterator[ControlSide]:
    async with control_side(tmp_path / "data") as made:
        yield made


@pytest.fixture
def three(side: ControlSide) -> ControlSide:
    """1001, 1002 and 1003 are registered."""
    now = side.house.now()
    project(side, *(binding(number, now) for number in (1001, 1002, 1003)))
    return side
