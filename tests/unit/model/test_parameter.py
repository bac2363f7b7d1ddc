"""The parameters of the system: lookup, values that must fit together, policies."""

import pytest

from rollcall.model.parameter import (
    DEFAULTS,
    PARAMETERS,
    PRESETS,
    NotPerPhoneError,
    ParameterError,
    UnknownParameterError,
    canonical,
    complete,
    find,
    policy,
    preset,
)
from rollcall.model.phone import AuthMode, Policy


def test_defaults_are_those_of_the_policy() -> None:
    assert policy(complete({})) == Policy()


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.key)
def test_every_default_is_allowed_and_reads_back(parameter: object) -> None:
    found = next(one for one in PARAMETERS if one is parameter)
    assert found.parse(found.text(found.default)) == found.default
    assert found.explanation.endswith(".")


def test_keys_and_aliases_are_unique() -> None:
    names = [name for one in PARAMETERS for name in (one.key, *one.aliases)]
    assert len(names) == len({name.lower() for name in names})


def test_alias_in_any_case_finds_the_parameter() -> None:
    assert find("ss_endpoint_register_replace").key == "register_replace"
    assert find(" SS_ENDPOINT_EXPIRE ").key == "expires_default"


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownParameterError, match="did you mean max_bindings"):
        find("max_binding")
    with pytest.raises(UnknownParameterError, match="rollcall param list"):
        find("zzz")


def test_complete_fills_in_defaults_and_reads_text() -> None:
    values = complete({"SERVER_REGISTRAR_MAX_BINDINGS": "1", "auth_algorithms": "SHA-256,MD5"})
    assert values["max_bindings"] == 1
    assert values["auth_algorithms"] == ("SHA-256", "MD5")
    assert values["expires_max"] == DEFAULTS["expires_max"]


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ({"expires_min": "3600", "expires_max": "60"}, "expires_min"),
        ({"expires_max": "600"}, "expires_default"),
        ({"expires_min": "600", "expires_default": "300"}, "expires_default"),
    ],
)
def test_values_that_contradict_each_other(stored: dict[str, str], named: str) -> None:
    with pytest.raises(ParameterError, match=named) as caught:
        complete(stored)
    assert "set them together" in str(caught.value)


def test_canonical_texts() -> None:
    assert canonical({"register_replace": False, "expires_default": "600 s"}) == {
        "register_replace": "0",
        "expires_default": "600",
    }


def test_only_some_parameters_may_be_overridden() -> None:
    assert canonical({"max_bindings": 2}, per_phone=True) == {"max_bindings": "2"}
    with pytest.raises(NotPerPhoneError, match="rate_total cannot be set for one phone"):
        canonical({"rate_total": 2}, per_phone=True)
    with pytest.raises(NotPerPhoneError):
        policy(complete({}), {"auth_timeout": "60"})


def test_policy_takes_overrides_as_text() -> None:
    made = policy(
        complete({}), {"auth_mode": "ip_port", "max_bindings": "1", "auth_reuse_nc": "on"}
    )
    assert made.auth_mode is AuthMode.IP_PORT
    assert made.max_bindings == 1
    assert made.auth_reuse_nc is True


def test_equal_policies_are_one_object() -> None:
    values = complete({})
    assert policy(values, {"max_bindings": "7"}) is policy(values, {"max_bindings": 7})
    assert policy(values) is policy(values, {"max_bindings": "5"})


def test_policy_gives_way_where_the_system_changed_under_a_phone() -> None:
    values = complete({"expires_max": "120", "expires_default": "120"})
    made = policy(values, {"expires_min": "600"})
    assert (made.expires_min, made.expires_default, made.expires_max) == (600, 600, 600)


def test_presets_are_allowed() -> None:
    for name in PRESETS:
        complete(preset(name))
    assert preset("VOS3000")["max_bindings"] == "1"
    with pytest.raises(ParameterError, match="vos3000"):
        preset("vos")
