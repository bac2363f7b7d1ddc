"""Breaks a module on purpose and sees whether a named test notices.

`run` starts one interpreter that loads pytest once and then forks for every mutation: the child
gives the mutated source to whoever imports the module, runs the one test, and exits with pytest's
status. Nothing on disk is changed. The interpreter must not have loaded the module before it forks.
"""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"

FAILED = 1
"""pytest's exit status when tests ran and failed. Others mean that nothing was proved."""

_OPTIONS = (
    *("-q", "-p", "no:cacheprovider"),
    # Plugins that were loaded before the fork cannot have their asserts rewritten any more.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class Mutation(NamedTuple):
    """One line of a table: what to break, and which test must notice."""

    module: str
    """`rollcall.registrar.decision`"""
    snippet: str
    """Source text; must occur exactly once."""
    mutated: str
    test: str
    """`tests/unit/...py::test_name`; several are parted by spaces."""


def source_path(module: str) -> Path:
    """Where the module's source is."""
    return SOURCES.joinpath(*module.split(".")).with_suffix(".py")


def mutate(mutation: Mutation) -> str:
    """The broken source. Raises LookupError when the snippet is not there exactly once."""
    source = source_path(mutation.module).read_text(encoding="utf-8")
    found = source.count(mutation.snippet)
    if found != 1:
        message = f"{mutation.module} has {found} times, not once: {mutation.snippet!r}"
        raise LookupError(message)
    return source.replace(mutation.snippet, mutation.mutated)


def run(mutations: Sequence[Mutation], timeout: float) -> list[int]:
    """Give pytest's exit status of every mutation's test, in order.

    `timeout` is in seconds, for all. Raises RuntimeError when a test fails without any mutation: it
    would prove nothing.
    """
    tests = " ".join({mutation.test: None for mutation in mutations})
    unbroken = Mutation(mutations[0].module, mutations[0].snippet, mutations[0].snippet, tests)
    *statuses, control = _start([*mutations, unbroken], timeout)
    if control:
        message = f"the named tests fail without mutation: pytest gave {control}"
        raise RuntimeError(message)
    return statuses


def _start(mutations: Sequence[Mutation], timeout: float) -> list[int]:
    finished = subprocess.run(
        [sys.executable, "-m", "harness.mutation"],
        input=json.dumps(mutations),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        timeout=timeout,
    )
    if finished.returncode:
        raise RuntimeError(finished.stderr)
    statuses: list[int] = json.loads(finished.stdout.splitlines()[-1])
    return statuses


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads other source than the file's, without any cache."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._mutated = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutated, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self._source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        location = str(source_path(fullname))
        loader = _Loader(fullname, location, self._source)
        return importlib.util.spec_from_file_location(fullname, location, loader=loader)


def _status_of(mutation: Mutation) -> int:
    """Fork; the child runs the test with the broken module."""
    import pytest

    if mutation.module in sys.modules:
        message = f"{mutation.module} is loaded already"
        raise RuntimeError(message)
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.meta_path.insert(0, _Finder(mutation.module, mutate(mutation)))
    os._exit(pytest.main([*_OPTIONS, "-x", "--tb=no", *mutation.test.split()]))


def _warm_up() -> None:
    """Load pytest, its plugins and the tests' own rules once, instead of in every child."""
    import hypothesis.stateful  # noqa: F401
    import pytest

    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*_OPTIONS, "--collect-only", "tests/harness"])


def main() -> None:
    """Read mutations as JSON from standard input, write their tests' statuses to its output."""
    mutations = [Mutation(*row) for row in json.load(sys.stdin)]
    _warm_up()
    print(json.dumps([_status_of(mutation) for mutation in mutations]))


if __name__ == "__main__":
    main()
