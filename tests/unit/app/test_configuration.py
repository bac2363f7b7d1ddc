"""Settings from file, environment and options; wrong ones name themselves."""

from pathlib import Path
from typing import Any

import pytest

from rollcall.app.configuration import (
    DEFAULT_LISTEN,
    ConfigurationError,
    Settings,
    load,
    split_host_port,
)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLCALL_{name.upper()}", raising=False)
    monkeypatch.delenv("ROLLCALL_CONFIG", raising=False)


def write(text: str) -> Path:
    path = Path("rollcall.toml")
    path.write_text(text)
    return path


def test_defaults() -> None:
    settings = load({})
    assert settings.listen == DEFAULT_LISTEN
    assert settings.data_dir == Path("data")
    assert (settings.console_host, settings.console_port) == ("127.0.0.1", 8080)


def test_file_then_environment_then_option(monkeypatch: pytest.MonkeyPatch) -> None:
    write('console = "127.0.0.1:1"\nlisten = ["udp://127.0.0.1:5070"]\ndomains = ["A.example."]')
    assert load({}).console == "127.0.0.1:1"
    assert load({}).domains == ("a.example",)
    monkeypatch.setenv("ROLLCALL_CONSOLE", "127.0.0.1:2")
    assert load({}).console == "127.0.0.1:2"
    assert load({"console": "127.0.0.1:3"}).console == "127.0.0.1:3"
    assert load({"console": None}).console == "127.0.0.1:2"
    assert load({}).listen == ("udp://127.0.0.1:5070",)


def test_lists_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_LISTEN", "udp://127.0.0.1:5070, tcp://[::1]:5070")
    monkeypatch.setenv("ROLLCALL_TRUSTED_EDGES", "192.0.2.1 2001:db8::/32")
    assert load({}).listen == ("udp://127.0.0.1:5070", "tcp://[::1]:5070")
    assert load({}).trusted_edges == ("192.0.2.1/32", "2001:db8::/32")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("listen", ["sctp://127.0.0.1:5060"], "udp:// or tcp://"),
        ("listen", ["udp://example.com:5060"], "an IP address"),
        ("listen", ["udp://127.0.0.1:65536"], "1-65535"),
        ("listen", ["udp://::1:5060"], "IPv6 in brackets"),
        ("listen", [], "at least one"),
        ("console", "8080", "HOST:PORT"),
        ("domains", ["exa mple"], "host names"),
        ("trusted_edges", ["300.0.0.0/8"], "CIDRs"),
        ("store", "redis", "journal"),
        ("tcp_connections", 0, "greater than or equal to 1"),
        ("log_level", "loud", "debug"),
    ],
)
def test_a_wrong_option_names_itself(name: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({name: value})
    message = str(caught.value)
    assert message.startswith(f"--{name.replace('_', '-')}: '")
    assert "allowed: " in message
    assert said in message
    assert "\n" not in message


def test_a_wrong_value_names_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    write('console = "nowhere"')
    with pytest.raises(ConfigurationError, match=r"^rollcall.toml: console: 'nowhere'"):
        load({})
    monkeypatch.setenv("ROLLCALL_CONSOLE", "elsewhere")
    with pytest.raises(ConfigurationError, match=r"^ROLLCALL_CONSOLE: 'elsewhere'"):
        load({})


def test_an_unknown_setting_in_the_file() -> None:
    write("colour = 1")
    with pytest.raises(ConfigurationError, match=r"there is no setting colour; known: data_dir,"):
        load({})


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(ConfigurationError, match=r"missing.toml: cannot be read: No such file"):
        load({}, Path("missing.toml"))
    write("console = ")
    with pytest.raises(ConfigurationError, match=r"rollcall.toml: is not TOML"):
        load({})


def test_settings_travel_to_the_children() -> None:
    settings = load({"listen": ("udp://[::1]:5060",), "domains": ("a.example",)})
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("text", "parts"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:5060", ("::1", 5060)), ("name:1", ("name", 1))],
)
def test_host_and_port(text: str, parts: tuple[str, int]) -> None:
    assert split_host_port(text) == parts


@pytest.mark.parametrize("text", ["", ":80", "a:", "a:0", "a:65536", "::1:80", "[a]:80:1", "a:８"])
def test_no_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not HOST:PORT|has no port"):
        split_host_port(text)
