"""The supervisor with children that do what the test says."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollcall.app import supervisor
from rollcall.app.child import FATAL_STATUS
from rollcall.app.configuration import load
from rollcall.app.data_lock import DataLock
from rollcall.app.first_start import Prepared
from rollcall.app.supervisor import Supervisor

TESTS = Path(__file__).parents[2]


@dataclass
class Child:
    """One child that has started."""

    name: str
    pid: int
    line: asyncio.StreamWriter

    def exit(self, status: int) -> None:
        self.line.write(f"exit {status}\n".encode())


@dataclass
class Stage:
    """The running supervisor and its children as they come."""

    run: "asyncio.Task[int]"
    born: "asyncio.Queue[Child]"

    async def next(self, count: int) -> dict[str, Child]:
        children = [await asyncio.wait_for(self.born.get(), 20) for _ in range(count)]
        return {child.name: child for child in children}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Modules `sip` and `control` are children of this test; pauses are short."""
    for name in ("sip", "control"):
        module = f"from doubles.children import live\nlive({name!r})\n"
        (tmp_path / f"child_{name}.py").write_text(module)
    path = os.pathsep.join([str(tmp_path), str(TESTS)])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setattr(supervisor, "CHILDREN", {"sip": "child_sip", "control": "child_control"})
    monkeypatch.setattr(supervisor, "PAUSE_FIRST", 0.01)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    born: asyncio.Queue[Child] = asyncio.Queue()
    lines: list[asyncio.StreamWriter] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        name, pid = (await reader.readline()).decode().split()
        born.put_nowait(Child(name, int(pid), writer))

    path = folder / "test.sock"
    server = await asyncio.start_unix_server(meet, str(path))
    os.environ["TEST_SOCKET"] = str(path)
    settings = load({"data_dir": folder / "data"})
    settings.places.create()
    with DataLock.take(settings.places, "test") as lock:
        prepared = Prepared("rollcall", "", has_phones=True)
        run = asyncio.create_task(Supervisor(settings, lock, prepared).run())
        try:
            yield Stage(run, born)
        finally:
            if not run.done():
                os.kill(os.getpid(), signal.SIGTERM)
                await run
            for line in lines:
                line.close()
            server.close()
            await asyncio.gather(*(line.wait_closed() for line in lines), return_exceptions=True)


async def test_a_signal_stops_both(tmp_path: Path) -> None:
    async with stage(tmp_path) as running:
        assert set(await running.next(2)) == {"sip", "control"}
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(running.run, 10) == 0


async def test_a_child_that_dies_is_started_again_and_the_other_is_left_alone(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as running:
        children = await running.next(2)
        with capture_logs() as log:
            os.kill(children["sip"].pid, signal.SIGKILL)
            again = await running.next(1)
        assert set(again) == {"sip"}
        [line] = [entry for entry in log if entry["log_level"] == "error"]
        assert (line["name"], line["status"]) == ("sip", -signal.SIGKILL)
        os.kill(children["control"].pid, 0)


async def test_a_fatal_end_of_one_ends_all(tmp_path: Path) -> None:
    async with stage(tmp_path) as running:
        children = await running.next(2)
        children["sip"].exit(FATAL_STATUS)
        assert await asyncio.wait_for(running.run, 10) == 1
        with pytest.raises(ProcessLookupError):
            os.kill(children["control"].pid, 0)


async def test_a_server_that_never_gets_ready_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisor, "DEATHS_BEFORE_READY", 2)
    async with stage(tmp_path) as running:
        (await running.next(2))["control"].exit(3)
        (await running.next(1))["control"].exit(3)
        assert await asyncio.wait_for(running.run, 10) == 1
    assert "control process dies again and again" in capsys.readouterr().err


async def test_a_child_that_does_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUBBORN", "1")
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.05)
    async with stage(tmp_path) as running:
        children = await running.next(2)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(running.run, 10) == 0
        for child in children.values():
            with pytest.raises(ProcessLookupError):
                os.kill(child.pid, 0)


def test_the_children_are_modules_of_ours() -> None:
    import importlib.util

    names = ("rollcall.app.sip_process", "rollcall.app.control_process")
    for name in names:
        assert importlib.util.find_spec(name) is not None
