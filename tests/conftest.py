"""What every test starts from: the rules of `harness.rules`, and real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from harness.disk import disk_folder
from harness.rules import (
    pytest_addoption,
    pytest_make_collect_report,
    pytest_runtest_makereport,
)
from harness.server import Server

__all__ = ["pytest_addoption", "pytest_make_collect_report", "pytest_runtest_makereport"]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands set the level of all loggers; the next test shall hear every line again."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder on a real disk."""
    with disk_folder() as path:
        yield path


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """A running server of this test's own."""
    with Server(folder) as running:
        yield running
