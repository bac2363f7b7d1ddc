"""`rollcall serve`: what of it reaches the server."""

from pathlib import Path

import pytest

import rollcall.app.serve
from doubles.rest_server import Run
from rollcall.app.configuration import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings of the servers that were started; each ends at once with status 3."""
    settings: list[Settings] = []

    def serve(given: Settings) -> int:
        settings.append(given)
        return 3

    monkeypatch.setattr(rollcall.app.serve, "serve", serve)
    return settings


def test_options_become_settings(run: Run, started: list[Settings]) -> None:
    result = run(
        *("serve", "--data-dir", "d", "--listen", "udp://127.0.0.1:5070"),
        *("--listen", "tcp://[::1]:5070", "--console", "127.0.0.1:9090"),
        *("--log-level", "debug", "--log-format", "json", "--store", "memory", "--force"),
    )
    assert result.status == 3
    [settings] = started
    assert settings.data_dir == Path("d")
    assert settings.listen == ("udp://127.0.0.1:5070", "tcp://[::1]:5070")
    assert settings.console == "127.0.0.1:9090"
    assert (settings.log_level, settings.log_format) == ("debug", "json")
    assert (settings.store, settings.force) == ("memory", True)


def test_without_options_the_defaults_hold(run: Run, started: list[Settings]) -> None:
    run("serve")
    [settings] = started
    assert settings.data_dir == Path("data")
    assert len(settings.listen) == 4
    assert (settings.store, settings.synchronous, settings.force) == ("journal", "full", False)


def test_the_data_directory_may_stand_in_front(run: Run, started: list[Settings]) -> None:
    run("--data-dir", "front", "serve")
    assert started[0].data_dir == Path("front")


def test_a_file_and_the_environment_are_read(
    run: Run, started: list[Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.toml").write_text('console = "127.0.0.1:1"\nlog_level = "error"\n')
    monkeypatch.setenv("ROLLCALL_LOG_LEVEL", "warning")
    run("serve", "--config", "own.toml")
    assert (started[0].console, started[0].log_level) == ("127.0.0.1:1", "warning")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--console", "nowhere"), "--console: 'nowhere' is not allowed; allowed: HOST:PORT"),
        (("--listen", "sctp://0.0.0.0:5060"), "--listen: 'sctp://0.0.0.0:5060' is not allowed"),
        (("--log-level", "loud"), "--log-level: 'loud' is not allowed"),
        (("--config", "missing.toml"), "missing.toml: cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    run: Run, started: list[Settings], words: tuple[str, ...], said: str
) -> None:
    result = run("serve", *words)
    assert result.status == 2
    assert result.err.startswith(f"rollcall: {said}")
    assert result.err.count("\n") == 1
    assert started == []
