"""What stands under tables, and how pairs are printed."""

import io
import json

import pytest

from doubles.rest_server import RestServer, Run, registration
from rollcall.app.command_line import listing, screen
from rollcall.app.command_line.listing import counted, print_pairs, shown_of


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 phones"), (1, "1 phone"), (12_345, "12,345 phones")]
)
def test_things_are_counted(number: int, text: str) -> None:
    assert counted(number, "phone") == text


@pytest.mark.parametrize("shape", ["--json", "--csv"])
@pytest.mark.parametrize("words", [("registrations",), ("events",)])
def test_no_device_commands_the_terminal(
    rest: RestServer, run: Run, words: tuple[str, ...], shape: str
) -> None:
    agent = "Phone\x1b[2J\x07\x00\x9b31m\u202e"
    rest.on_list("/registrations", [registration(user_agent=agent)])
    rest.on_list("/events", [registration(user_agent=agent)])
    printed = run(*words, shape).out
    assert "Phone" in printed
    assert printed.replace("\n", "").replace("\r", "").isprintable()
    if shape == "--json":
        assert json.loads(printed)["items"][0]["user_agent"] == agent


def test_a_list_that_goes_on_says_how_to_see_all() -> None:
    assert shown_of(100, 12_345, "phone") == "100 of 12,345 phones, --limit 0 shows all"
    assert shown_of(3, 3, "phone") == "3 phones"
    assert shown_of(3, None, "phone") == "3 phones"


def test_on_a_terminal_the_foot_names_what_is_not_shown(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest.on_list("/registrations", [registration()], total=200)
    assert run("registrations", columns=80).err == ""
    monkeypatch.setattr("sys.stderr", Terminal())
    told: list[str] = []
    monkeypatch.setattr(listing, "tell", lambda text, style="": told.append(text))
    run("registrations", columns=80)
    [foot] = told
    assert "1 of 200 registrations, --limit 0 shows all" in foot
    assert "not shown at this width: " in foot
    assert "device" in foot


def test_pairs_leave_out_what_is_not_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen.out.cache_clear()
    print_pairs([("Name", "a\x1b[2Jb"), ("Nothing", None), ("Empty", ""), ("Zero", 0)])
    screen.out.cache_clear()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["Name", "a\ufffd[2Jb"], ["Zero", "0"]]
