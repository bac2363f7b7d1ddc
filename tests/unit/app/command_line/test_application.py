"""Every command's help, and how commands end."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from doubles.rest_server import RestServer, Run

COMMANDS = [
    ("serve",),
    *[("phone", verb) for verb in ("add", "list", "show", "set", "remove", "import")],
    *[("account", verb) for verb in ("add", "list", "show", "set", "remove")],
    ("registrations",),
    ("registrations", "show"),
    ("registrations", "export"),
    ("unregister",),
    ("events",),
    ("failures",),
    *[("param", verb) for verb in ("list", "get", "set", "reset", "preset")],
    ("backup",),
    ("restore",),
    ("check",),
    ("version",),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.status == 0
    assert result.out.startswith("Usage: rollcall " + " ".join(words))
    assert result.err == ""


def test_help_names_every_command(run: Run) -> None:
    out = run("--help").out
    for words in COMMANDS:
        assert f"\n  {words[0]} " in out, words


@pytest.mark.parametrize(
    "words", [("nonsense",), ("phone", "add"), ("phone", "list", "--nonsense")]
)
def test_wrong_usage_is_exit_2(rest: RestServer, run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.status, result.out) == (2, "")
    assert "Error" in result.err
    assert rest.requests == []


def test_a_failure_is_exit_1_and_one_line(run: Run) -> None:
    result = run("phone", "list", "--data-dir", "nowhere")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("rollcall: no server runs on nowhere")
    assert result.err.count("\n") == 1


def test_ctrl_c_is_exit_130_without_a_trace(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rest, "handle", interrupted)
    result = run("phone", "list")
    assert result.status in {1, 130}
    assert "Traceback" not in result.err


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    script = (
        "import sys; sys.argv[1:] = ['--help']; from rollcall.app.command_line import main; main()"
    )
    ended = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{script}" | head -c 1'],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"Traceback" not in ended.stderr


def test_starting_is_quick_because_little_is_imported() -> None:
    code = (
        "import sys; import rollcall.app.command_line;"
        "print([n for n in ('httpx', 'fastapi', 'sqlalchemy', 'pydantic', 'rich.table',"
        " 'structlog', 'uvicorn', 'cryptography') if n in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=60, text=True
    )
    assert ended.stdout.strip() == "[]"


def test_version_needs_no_server(run: Run, tmp_path: Path) -> None:
    started = time.monotonic()
    result = run("version")
    assert result.out.startswith("rollcall ")
    assert run("version", "--json").json["version"] in result.out
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - started < 5
