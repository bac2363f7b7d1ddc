"""Structured logs: one shape for all, no secrets."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from rollcall.app.logging import HIDDEN, SECRET_NAMES, configure_logging


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_are_json_when_nobody_looks() -> None:
    stream = io.StringIO()
    configure_logging(process="sip", stream=stream)
    structlog.get_logger("x").info("listening", address="udp://[::]:5060", count=3)
    [line] = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "listening",
        "level": "info",
        "process": "sip",
        "address": "udp://[::]:5060",
        "count": 3,
    }


def test_lines_are_text_on_a_terminal() -> None:
    stream = Terminal()
    configure_logging(stream=stream)
    structlog.get_logger("x").info("listening", address="udp://[::]:5060")
    assert "listening" in stream.getvalue()
    with pytest.raises(ValueError, match="Expecting value"):
        lines(stream)


def test_the_format_can_be_chosen() -> None:
    terminal, file = Terminal(), io.StringIO()
    configure_logging(log_format="json", stream=terminal)
    structlog.get_logger("x").info("one")
    assert lines(terminal)[0]["event"] == "one"
    configure_logging(log_format="text", stream=file)
    structlog.get_logger("x").info("two", a=1)
    assert "two" in file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_libraries_speak_the_same_way() -> None:
    stream = io.StringIO()
    configure_logging(process="control", stream=stream)
    logging.getLogger("uvicorn.error").warning("port %d is busy", 8080, extra={"attempt": 2})
    [line] = lines(stream)
    assert line["event"] == "port 8080 is busy"
    assert (line["level"], line["process"], line["attempt"]) == ("warning", "control", 2)


def test_talkative_libraries_are_quiet_below_warning() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    logging.getLogger("httpx").info("HTTP Request: GET ...")
    logging.getLogger("alembic.runtime").info("Running upgrade")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_level_holds_for_all(level: str) -> None:
    stream = io.StringIO()
    configure_logging(level, stream=stream)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger("x"), name)(name)
        getattr(logging.getLogger("library"), name)(name)
    expected = ["debug", "info", "warning", "error"]
    kept = expected[expected.index(level) :]
    assert [line["event"] for line in lines(stream)] == [name for name in kept for _ in range(2)]


@pytest.mark.parametrize("name", [*SECRET_NAMES, "Password", "Proxy-Authorization"])
def test_what_is_called_a_secret_is_hidden(name: str) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    structlog.get_logger("x").info("added", **{name: "hush"})
    assert lines(stream)[0][name] == HIDDEN


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_tracebacks_hold_no_variables(log_format: str) -> None:
    def fault(password: str) -> None:
        raise LookupError("a mistake")

    stream = Terminal()
    configure_logging(log_format=log_format, stream=stream)
    try:
        fault("hu" + "sh")
    except LookupError:
        structlog.get_logger("x").exception("request failed")
    assert "a mistake" in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_the_last_call_counts() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging(stream=first)
    configure_logging(stream=second)
    structlog.get_logger("x").info("once")
    assert (len(lines(first)), len(lines(second))) == (0, 1)


def test_wrong_names_are_refused() -> None:
    with pytest.raises(ValueError, match="chatty"):
        configure_logging("chatty")
    with pytest.raises(ValueError, match="xml"):
        configure_logging(log_format="xml")
