"""Provisioned users as the SIP side sees them: who may register, and by which rules."""

from enum import StrEnum

import msgspec


class AuthMode(StrEnum):
    """How a phone proves who it is (parameter `auth_mode`)."""

    PASSWORD = "password"  # noqa: S105  the name of a mode
    IP = "ip"
    IP_PORT = "ip_port"
    PASSWORD_AND_IP = "password_and_ip"  # noqa: S105  the name of a mode


class Network(msgspec.Struct, frozen=True):
    """One allowed source of a phone: a CIDR and, for `ip_port`, a port."""

    cidr: str
    """`192.0.2.0/24` or `2001:db8::/32`; a single address has /32 or /128."""
    port: int = 0
    """0: any."""


class Policy(msgspec.Struct, frozen=True):
    """The parameters in force for one phone. Phones without overrides share one object.

    Durations are seconds, as in `rollcall.model.parameter`.
    """

    register_replace: bool = True
    max_bindings: int = 5
    expires_default: int = 3600
    expires_min: int = 60
    expires_max: int = 3600
    expires_nat: int = 120
    expires_jitter: int = 10
    """Percent."""
    auth_mode: AuthMode = AuthMode.PASSWORD
    auth_algorithms: tuple[str, ...] = ("MD5", "SHA-256")
    auth_reuse_nc: bool = False
    stream_grace: int = 120


class Phone(msgspec.Struct, frozen=True, gc=False):
    """A provisioned user, as kept in the directory's cache. Holds no password."""

    number: str
    aor: str
    """Its canonical AOR; the very string object that keys its record."""
    policy: Policy
    ha1_md5: bytes = b""
    """H(username:realm:password) as raw digest bytes; empty when not offered."""
    ha1_sha256: bytes = b""
    ha1_sha512_256: bytes = b""
    networks: tuple[Network, ...] = ()
    """Where it may come from; empty: anywhere (in the modes with `ip`: nowhere)."""
    enabled: bool = True
    account: str = ""
