"""`rollcall param`."""

from typing import Any

import pytest

from doubles.rest_server import RestServer, Run


def parameter(key: str = "expires_default", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "aliases": ["SS_ENDPOINT_EXPIRE"],
        "value": 3600,
        "text": "3600",
        "default_text": "3600",
        "is_default": True,
        "unit": "s",
        "allowed": "60-86400",
        "explanation": "How long a registration lasts.",
        "per_phone": True,
        "in_use": True,
        **more,
    }


def test_list_shows_values_and_marks(rest: RestServer, run: Run) -> None:
    rest.on_list("/parameters", [parameter(), parameter("media_proxy", in_use=False, text="auto")])
    first, second = run("param", "list").out.splitlines()[2:]
    assert first.split()[:6] == ["expires_default", "3600", "s", "3600", "s", "60-86400"]
    assert "per phone" in first
    assert "SS_ENDPOINT_EXPIRE" in first
    assert "not used yet" in second


def test_list_fits_80_columns(rest: RestServer, run: Run) -> None:
    rest.on_list("/parameters", [parameter("auth_failed_suspend", allowed="x" * 90)])
    assert max(map(len, run("param", "list", columns=80).out.splitlines())) <= 80


def test_get_prints_the_value_alone(rest: RestServer, run: Run) -> None:
    rest.on("GET", "/parameters/SS_ENDPOINT_EXPIRE", parameter())
    assert run("param", "get", "SS_ENDPOINT_EXPIRE").out == "3600\n"
    told = run("param", "get", "SS_ENDPOINT_EXPIRE", "--verbose").out
    assert "How long a registration lasts." in told
    assert "60-86400" in told
    assert run("param", "get", "SS_ENDPOINT_EXPIRE", "--json").json == parameter()


@pytest.mark.parametrize("words", [("expires_default", "300"), ("expires_default=300",)])
def test_set_one(rest: RestServer, run: Run, words: tuple[str, ...]) -> None:
    rest.on("PATCH", "/parameters/expires_default", parameter(text="300"))
    result = run("param", "set", *words)
    assert rest.last_body == {"value": "300"}
    assert result.err == "expires_default is 300 s.\n"


def test_set_several_together(rest: RestServer, run: Run) -> None:
    answer = {"items": [parameter(text="300"), parameter("expires_min", text="30")]}
    rest.on("PATCH", "/parameters", answer)
    result = run("param", "set", "expires_default=300", "expires_min=30")
    assert rest.last_body == {"expires_default": "300", "expires_min": "30"}
    assert result.err == "expires_default is 300 s.\nexpires_min is 30 s.\n"


def test_a_value_may_hold_an_equals_sign(rest: RestServer, run: Run) -> None:
    rest.on("PATCH", "/parameters/nat_keepalive_message", parameter())
    run("param", "set", "nat_keepalive_message", "a=b")
    assert rest.last_body == {"value": "a=b"}


def test_setting_what_nothing_uses_yet_is_said(rest: RestServer, run: Run) -> None:
    rest.on("PATCH", "/parameters/media_proxy", parameter("media_proxy", in_use=False))
    assert "nothing uses it yet" in run("param", "set", "media_proxy", "on").err


@pytest.mark.parametrize("words", [("expires_default",), ("a", "b", "c"), ("=3",)])
def test_wrong_usage(rest: RestServer, run: Run, words: tuple[str, ...]) -> None:
    assert run("param", "set", *words).status == 2
    assert rest.requests == []


def test_a_wrong_value_is_exit_1(rest: RestServer, run: Run) -> None:
    rest.refuse("PATCH", "/parameters/expires_min", 422, "expires_min: '1' is not allowed")
    result = run("param", "set", "expires_min", "1")
    assert (result.status, result.err) == (1, "rollcall: expires_min: '1' is not allowed\n")


def test_reset_and_preset(rest: RestServer, run: Run) -> None:
    rest.on("DELETE", "/parameters/expires_default", parameter())
    assert run("param", "reset", "expires_default").err == "expires_default is 3600 s.\n"
    rest.on(
        "POST", "/parameters/preset", {"items": [parameter("max_bindings", unit=None, text="1")]}
    )
    assert run("param", "preset", "vos3000").err == "max_bindings is 1.\n"
