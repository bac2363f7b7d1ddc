"""What must be known before the start: rollcall.toml, then ROLLCALL_*, then options.

A wrong setting raises `ConfigurationError` with the place it came from, its name, its value
and what is allowed. What may change while running is a parameter, not a setting.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from rollcall.app.places import DEFAULT_DATA_DIR, Places, find_configuration

DEFAULT_LISTEN = (
    "udp://0.0.0.0:5060",
    "tcp://0.0.0.0:5060",
    "udp://[::]:5060",
    "tcp://[::]:5060",
)
"""SIP's own port (RFC 3261 section 19.1.2) on every address."""

TRANSPORTS = ("udp", "tcp")

Words = Annotated[tuple[str, ...], NoDecode]
"""A list; in an environment variable its parts are separated by commas or spaces."""


class ConfigurationError(Exception):
    """A setting that stops the start; the message is one clear line."""


class Settings(BaseSettings):
    """The settings of one server, checked."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="ROLLCALL_", extra="forbid", frozen=True
    )

    data_dir: Path = DEFAULT_DATA_DIR
    """Everything rollcall keeps."""
    listen: Words = DEFAULT_LISTEN
    """Where phones are answered: `udp://HOST:PORT`, `tcp://[::]:5060`."""
    console: str = "127.0.0.1:8080"
    """HOST:PORT of the console and the REST API for programs."""
    domains: Words = ()
    """SIP domains that are served; none: every domain is served as one."""
    trusted_edges: Words = ()
    """CIDRs of proxies and SBCs in front; only such as put their own Via on top of each request."""
    store: Literal["journal", "memory"] = "journal"
    """Where bindings live; `memory` forgets them at the end and is for measurements."""
    synchronous: Literal["full", "off"] = "full"
    """`off` answers before the disk has the data; for measurements only."""
    force: bool = False
    """Start although the journal is damaged, giving up what was registered behind that."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    """`auto`: text on a terminal, JSON otherwise."""
    tcp_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Connections in all."""
    tcp_connections_per_source: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Connections from one source address; trusted edges may have more."""

    @property
    def places(self) -> Places:
        """The files of the data directory."""
        return Places(self.data_dir)

    @property
    def console_host(self) -> str:
        """Host part of `console`, without brackets."""
        return split_host_port(self.console)[0]

    @property
    def console_port(self) -> int:
        """Port part of `console`."""
        return split_host_port(self.console)[1]

    @field_validator("listen", "domains", "trusted_edges", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(value.replace(",", " ").split())
        return value

    @field_validator("listen")
    @classmethod
    def _check_listen(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("allowed: at least one of udp://HOST:PORT, tcp://HOST:PORT")
        for address in value:
            transport, separator, rest = address.partition("://")
            try:
                if not separator or transport not in TRANSPORTS:
                    raise ValueError(address)
                host, _ = split_host_port(rest)
                ipaddress.ip_address(host.partition("%")[0])
            except ValueError:
                raise ValueError(
                    f"allowed: udp:// or tcp://, an IP address (IPv6 in brackets), and a port "
                    f"1-65535, such as udp://0.0.0.0:5060; '{address}' is not"
                ) from None
        return tuple(dict.fromkeys(value))

    @field_validator("console")
    @classmethod
    def _check_console(cls, value: str) -> str:
        try:
            split_host_port(value)
        except ValueError:
            raise ValueError(
                "allowed: HOST:PORT with a port 1-65535, such as 127.0.0.1:8080"
            ) from None
        return value

    @field_validator("domains")
    @classmethod
    def _check_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for domain in value:
            host = domain.strip("[]")
            plain = host.replace("-", "").replace(".", "").replace(":", "")
            if not plain.isalnum() or not plain.isascii():
                raise ValueError(f"allowed: host names or addresses; '{domain}' is not one")
        return tuple(dict.fromkeys(domain.lower().rstrip(".") for domain in value))

    @field_validator("trusted_edges")
    @classmethod
    def _check_edges(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for edge in value:
            try:
                ipaddress.ip_network(edge, strict=False)
            except ValueError:
                raise ValueError(
                    f"allowed: addresses and CIDRs, such as 192.0.2.0/24; '{edge}' is not one"
                ) from None
        return tuple(dict.fromkeys(str(ipaddress.ip_network(edge, strict=False)) for edge in value))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the base class's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options over environment over the file."""
        return init_settings, env_settings, _FileSource(settings_cls)


class _FileSource(PydanticBaseSettingsSource):
    """Values of the configuration file that `load` has read."""

    values: ClassVar[Mapping[str, Any]] = {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """One value; the base class asks for it, `__call__` is what is used."""
        del field
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self.values)


def load(options: Mapping[str, Any], configuration: Path | None = None) -> Settings:
    """Settings from options (None: not given), environment and file.

    Raises `ConfigurationError`.
    """
    given = {name: value for name, value in options.items() if value is not None}
    path = find_configuration(configuration)
    file_values = _read_file(path) if path is not None else {}
    _FileSource.values = file_values
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigurationError(_first_problem(error, given, file_values, path)) from None
    finally:
        _FileSource.values = {}


def split_host_port(text: str) -> tuple[str, int]:
    """Host without brackets, and port, of `HOST:PORT`; raises ValueError."""
    host, separator, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if bracketed:
        host = host[1:-1]
    if not separator or not host or (":" in host) != bracketed or not port.isascii():
        raise ValueError(f"'{text}' is not HOST:PORT")
    number = int(port) if port.isdigit() else 0
    if not 1 <= number <= 65535:
        raise ValueError(f"'{text}' has no port 1-65535")
    return host, number


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None


def _first_problem(
    error: ValidationError,
    options: Mapping[str, Any],
    file_values: Mapping[str, Any],
    path: Path | None,
) -> str:
    """One line about the first wrong setting: where, name, value, what is allowed."""
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0]) if problem["loc"] else "settings"
    if problem["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        return f"{path}: there is no setting {name}; known: {known}"
    if name in options:
        where = f"--{name.replace('_', '-')}"
        value = options[name]
    elif f"ROLLCALL_{name.upper()}" in os.environ:
        where = f"ROLLCALL_{name.upper()}"
        value = os.environ[where]
    else:
        where = f"{path}: {name}"
        value = file_values.get(name, problem["input"])
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    message = problem["msg"].removeprefix("Value error, ")
    if not message.startswith("allowed:"):
        message = f"allowed: {message.removeprefix('Input should be ')}"
    return f"{where}: '{shown}' is not allowed; {message}"
