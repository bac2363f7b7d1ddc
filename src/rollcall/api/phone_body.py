"""What clients send about a phone, checked, and what they see of it."""

import re
import secrets
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rollcall.api.times import show_time
from rollcall.model.administration import PhoneEntry
from rollcall.model.network_text import parse_network, show_network
from rollcall.model.parameter import canonical, find
from rollcall.model.phone import Network

GENERATED_LENGTH = 16
"""Characters of a generated password: 16 of 55 are 92 bits, beyond guessing even from a
captured digest."""

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
"""Without 0 O, 1 l I: passwords are typed into phones by hand."""

_NUMBER = re.compile(r"[A-Za-z0-9_+*#][A-Za-z0-9_.+*#~-]{0,63}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]", re.ASCII)

NETWORKS_LIMIT = 100
"""Networks of one phone; each is compared with the source of every REGISTER."""

PASSWORD_LIMIT = 128
"""Longest password a phone may have; devices stop at 32 to 128 characters."""


def check_number(value: str) -> str:
    """The number without surrounding spaces; raises ValueError."""
    number = value.strip()
    if _NUMBER.fullmatch(number) is None:
        raise ValueError(
            "a number has 1 to 64 of the characters A-Z a-z 0-9 _ . + * # ~ - and starts with "
            "a letter, a digit, _ + * or #"
        )
    return number


def check_password(value: str) -> str:
    """The password; raises ValueError, which never quotes it."""
    if not 1 <= len(value) <= PASSWORD_LIMIT or not value.isprintable():
        raise ValueError(f"a password has 1 to {PASSWORD_LIMIT} printable characters")
    return value


def check_domain(value: str) -> str:
    """The domain in lower case; empty for the realm. Raises ValueError."""
    domain = value.strip().lower().rstrip(".")
    if domain and _DOMAIN.fullmatch(domain) is None:
        raise ValueError("a domain is a host name or an address, such as example.com")
    return domain


def check_auth_mode(value: str) -> str:
    """A value of parameter `auth_mode`; empty for the system's. Raises ValueError."""
    return str(find("auth_mode").parse(value)) if value.strip() else ""


def check_networks(value: list[str]) -> list[str]:
    """The networks as `show_network` writes them, each once; raises ValueError."""
    if len(value) > NETWORKS_LIMIT:
        raise ValueError(f"a phone has at most {NETWORKS_LIMIT} networks")
    shown = [show_network(parse_network(text)) for text in value if text.strip()]
    return list(dict.fromkeys(shown))


def check_overrides(value: dict[str, Any]) -> dict[str, str | None]:
    """Canonical texts by key, None for those taken back; raises ParameterError."""
    texts: dict[str, str | None] = {
        find(key).key: None for key, raw in value.items() if raw is None
    }
    given = {key: raw for key, raw in value.items() if raw is not None}
    return texts | canonical(given, per_phone=True)


Number = Annotated[str, AfterValidator(check_number)]
Password = Annotated[
    str, AfterValidator(check_password), Field(json_schema_extra={"writeOnly": True})
]
Domain = Annotated[str, AfterValidator(check_domain)]
AuthMode = Annotated[str, AfterValidator(check_auth_mode)]
Allow = Annotated[list[str], AfterValidator(check_networks)]


class PhoneAddition(BaseModel):
    """A phone to provision; without a password one is generated."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    number: Number
    password: Password | None = None
    account: str = Field(default="", max_length=100)
    domain: Domain = ""
    auth_mode: AuthMode = ""
    allow: Allow = []
    overrides: dict[str, Any] = {}
    enabled: bool = True

    def entry(self, now: float) -> PhoneEntry:
        """The phone to be; `now` in seconds since 1970. Raises ParameterError."""
        overrides = check_overrides(self.overrides)
        mode = overrides.pop("auth_mode", None)
        return PhoneEntry(
            number=self.number,
            domain=self.domain,
            account=self.account.strip(),
            auth_mode=self.auth_mode or mode or "",
            networks=networks_of(self.allow),
            overrides={key: text for key, text in overrides.items() if text is not None},
            enabled=self.enabled,
            created_at=now,
            updated_at=now,
        )


class PhoneChange(BaseModel):
    """Fields to change; those left out stay. In `overrides` null takes one back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    password: Password | None = None
    account: str | None = Field(default=None, max_length=100)
    domain: Domain | None = None
    auth_mode: AuthMode | None = None
    allow: Allow | None = None
    overrides: dict[str, Any] | None = None
    enabled: bool | None = None

    def applied(self, before: PhoneEntry, now: float) -> PhoneEntry:
        """The phone as it shall be. Raises ParameterError."""
        overrides: dict[str, str | None] = dict(before.overrides)
        overrides |= check_overrides(self.overrides or {})
        mode = before.auth_mode if self.auth_mode is None else self.auth_mode
        if "auth_mode" in overrides:
            mode = overrides.pop("auth_mode") or ""
        return PhoneEntry(
            number=before.number,
            domain=before.domain if self.domain is None else self.domain,
            account=before.account if self.account is None else self.account.strip(),
            auth_mode=mode,
            networks=before.networks if self.allow is None else networks_of(self.allow),
            overrides={key: text for key, text in overrides.items() if text is not None},
            enabled=before.enabled if self.enabled is None else self.enabled,
            created_at=before.created_at,
            updated_at=now,
        )


class PhoneItem(BaseModel):
    """A phone for the OpenAPI document; `show_phone` makes the same as a dictionary."""

    number: str
    aor: str
    domain: str | None
    account: str | None
    auth_mode: str | None
    """None: as the parameter."""
    allow: list[str]
    overrides: dict[str, str]
    enabled: bool
    created_at: str | None
    updated_at: str | None


class AddedPhone(PhoneItem):
    """The answer to an addition."""

    password: str | None = None
    """One that was generated, shown this once."""


def networks_of(allow: list[str]) -> tuple[Network, ...]:
    """The networks of checked texts."""
    return tuple(parse_network(text) for text in allow)


def show_phone(entry: PhoneEntry, realm: str) -> dict[str, Any]:
    """A `PhoneItem` as a dictionary."""
    return {
        "number": entry.number,
        "aor": entry.aor(realm),
        "domain": entry.domain or None,
        "account": entry.account or None,
        "auth_mode": entry.auth_mode or None,
        "allow": [show_network(network) for network in entry.networks],
        "overrides": entry.overrides,
        "enabled": entry.enabled,
        "created_at": show_time(entry.created_at),
        "updated_at": show_time(entry.updated_at),
    }


def generate_password() -> str:
    """A password that can be typed into a phone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(GENERATED_LENGTH))
