"""Structured logs on standard error: for people on a terminal, JSON lines everywhere else.

Our own rooms log through structlog; libraries that use the standard library's logging
(uvicorn, alembic, asyncio) are led through the same processors, so that a log has one
shape. Whatever is logged under a name that sounds like a secret is hidden here, as the
last line of defence: nothing secret should be handed to a logger in the first place.
"""

import logging
import sys
from enum import StrEnum
from typing import IO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

SECRET_NAMES = frozenset(
    {
        "authorization",
        "cookie",
        "ha1",
        "password",
        "proxy_authorization",
        "secret",
        "token",
    }
)
"""Keys, in lower case and with `-` as `_`, whose values never reach the log."""

TALKATIVE = ("alembic", "asyncio", "httpcore", "httpx", "uvicorn.access")
"""Libraries heard from `warning` up only: what they say below repeats what we log."""


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    """Text on a terminal, else JSON."""
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """The least severe lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: put `HIDDEN` in the place of values with secret names."""
    for name in event:
        if name.lower().replace("-", "_") in SECRET_NAMES:
            event[name] = HIDDEN
    return event


def configure_logging(
    level: LogLevel | str = LogLevel.INFO,
    log_format: LogFormat | str = LogFormat.AUTO,
    *,
    process: str = "",
    stream: IO[str] | None = None,
) -> None:
    """Send all logs of this process to `stream` (standard error when None).

    `process` ("sip", "control", ...) marks every line when given. May be called again;
    the last call counts. Raises ValueError for a level or format that does not exist.
    """
    target = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping()[LogLevel(level).name]
    for_people = LogFormat(log_format) is LogFormat.TEXT or (
        LogFormat(log_format) is LogFormat.AUTO and target.isatty()
    )
    shared = _shared_processors(process)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(for_people=for_people, colours=target.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def _shared_processors(process: str) -> list[Processor]:
    """What happens to every line, ours and the libraries', before it is rendered."""

    def mark_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.ExtraAdder(),
        hide_secrets,
    ]
    if process:
        processors.append(mark_process)
    return processors


def _rendering(*, for_people: bool, colours: bool) -> list[Processor]:
    """The last steps: a line for people, or one JSON object a line for programs."""
    if for_people:
        return [
            structlog.dev.ConsoleRenderer(
                colors=colours,
                timestamp_key="time",
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    # Local variables are left out of tracebacks: they may hold what nobody shall read.
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
