"""Reading and writing values of every type."""

from typing import Any

import pytest

from rollcall.model.parameter import find
from rollcall.model.parameter_kind import TEXT_LIMIT, ParameterError


@pytest.mark.parametrize(
    ("key", "raw", "value"),
    [
        ("register_replace", "1", True),
        ("register_replace", 0, False),
        ("register_replace", "off", False),
        ("auth_reuse_nc", "ON", True),
        ("auth_reuse_nc", True, True),
        ("max_bindings", "100", 100),
        ("max_bindings", 1, 1),
        ("expires_jitter", "10 %", 10),
        ("expires_default", "600s", 600),
        ("check_interval", "0", 0),
        ("auth_max_retry", 0, 0),
        ("gateway_expire", "AUTO", "auto"),
        ("gateway_expire", "20", 20),
        ("auth_mode", "IP_Port", "ip_port"),
        ("auth_code", 401, "401"),
        ("auth_algorithms", "sha-256 md5", ("SHA-256", "MD5")),
        ("auth_algorithms", ["MD5"], ("MD5",)),
        ("nat_keepalive_pace", "100 per 20 ms", (100, 20)),
        ("nat_keepalive_pace", "100/20", (100, 20)),
        ("nat_keepalive_pace", [100, 20], (100, 20)),
        ("nat_keepalive_message", " hello ", "hello"),
    ],
)
def test_allowed_values(key: str, raw: Any, value: Any) -> None:
    parameter = find(key)
    read = parameter.parse(raw)
    assert read == value
    assert type(read) is type(value)
    assert parameter.parse(parameter.text(read)) == value


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("register_replace", "2"),
        ("register_replace", 1.0),
        ("auth_reuse_nc", ""),
        ("max_bindings", "0"),
        ("max_bindings", 101),
        ("max_bindings", True),
        ("max_bindings", "5 seconds"),
        ("max_bindings", "1e1"),
        ("max_bindings", "٥"),
        ("expires_default", "600 m"),
        ("check_interval", "9"),
        ("gateway_expire", "19"),
        ("auth_mode", "none"),
        ("auth_mode", None),
        ("auth_algorithms", ""),
        ("auth_algorithms", "MD5, MD5"),
        ("auth_algorithms", "SHA-1"),
        ("auth_algorithms", 5),
        ("nat_keepalive_pace", "100"),
        ("nat_keepalive_pace", "0 per 10"),
        ("nat_keepalive_message", "a\r\nb"),
        ("nat_keepalive_message", "x" * (TEXT_LIMIT + 1)),
        ("nat_keepalive_message", 7),
    ],
)
def test_values_that_are_not_allowed_are_named(key: str, raw: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        find(key).parse(raw)
    message = str(caught.value)
    assert message.startswith(f"{key}: '")
    assert "allowed: " in message
    assert message.isprintable()


def test_what_is_allowed_in_words() -> None:
    assert find("check_interval").allowed == "0 (off), 10 to 3600 s"
    assert find("auth_max_retry").allowed == "0 to 999 failures (0 = off)"
    assert find("gateway_expire").allowed == "auto, 20 to 7200 s"
    assert find("register_replace").allowed == "1 or 0"
