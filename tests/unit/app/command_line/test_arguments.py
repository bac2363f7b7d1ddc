"""Options that several commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

from doubles.rest_server import RestServer, Run
from rollcall.app.command_line.arguments import Where, command
from rollcall.app.command_line.rest import Api


@dataclass(frozen=True, slots=True)
class Bundle:
    """Two options."""

    colour: Annotated[str, typer.Option(help="Which.")] = "red"
    size: Annotated[int, typer.Option(help="How big.")] = 3


def test_bundles_are_spread_and_gathered(
    rest: RestServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    @command
    def paint(api: Api, thing: str, bundle: Bundle, fast: bool = False) -> None:
        """Paint it."""
        print(api.where, thing, bundle, fast)

    app(["house", "--size", "5", "--fast"], standalone_mode=False)
    assert capsys.readouterr().out == ("the test server house Bundle(colour='red', size=5) True\n")
    app(["--help"], standalone_mode=False)
    assert "--colour" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("phone", "list", "--data-dir", "/d", "--server", "u", "--token", "t"),
        ("--data-dir", "/d", "--server", "u", "--token", "t", "phone", "list"),
        ("--data-dir", "/x", "--server", "u", "phone", "list", "--data-dir", "/d", "--token", "t"),
    ],
)
def test_the_server_may_be_named_before_or_after(
    rest: RestServer, run: Run, words: tuple[str, ...]
) -> None:
    rest.on_list("/phones", [])
    assert run(*words).status == 0
    [target] = rest.targets
    assert (target.data_dir, target.server, target.token) == (Path("/d"), "u", "t")


def test_a_group_with_its_own_options_opens_no_second_connection(
    rest: RestServer, run: Run
) -> None:
    rest.on_list("/registrations", [])
    run("registrations", "--data-dir", "/d", "show", "5")
    assert [target.data_dir for target in rest.targets] == [Path("/d")]


def test_the_environment_names_the_server(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLCALL_DATA_DIR", "/e")
    monkeypatch.setenv("ROLLCALL_TOKEN", "from environment")
    rest.on_list("/phones", [])
    run("phone", "list")
    [target] = rest.targets
    assert (target.data_dir, target.token) == (Path("/e"), "from environment")


def test_the_configuration_file_names_the_data_directory(
    rest: RestServer, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "rollcall.toml").write_text('data_dir = "/configured"\n')
    rest.on_list("/phones", [])
    run("phone", "list")
    assert [target.data_dir for target in rest.targets] == [Path("/configured")]


def test_the_innermost_option_wins() -> None:
    outer = Where(Path("/outer"), "outer", None)
    inner = Where(Path("/inner"), None, "inner")
    assert inner.over(outer) == Where(Path("/inner"), "outer", "inner")
    assert inner.over(None) is inner
