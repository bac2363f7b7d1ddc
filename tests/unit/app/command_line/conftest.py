"""A pretended server, and a way to run `rollcall` in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.rest_server import RestServer, Result, Run
from rollcall.app.command_line import arguments, screen
from rollcall.app.command_line.application import main


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> RestServer:
    server = RestServer()
    monkeypatch.setattr(arguments, "open_api", server.api)
    return server


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Run]:
    """`run("phone", "list")` is `rollcall phone list`, in an empty directory."""
    for name in ("ROLLCALL_DATA_DIR", "ROLLCALL_SERVER", "ROLLCALL_TOKEN", "ROLLCALL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, columns: int = 140) -> Result:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.argv", ["rollcall", *words])
        screen.out.cache_clear()
        screen.err.cache_clear()
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 1, printed.out, printed.err)

    yield run
    screen.out.cache_clear()
    screen.err.cache_clear()
