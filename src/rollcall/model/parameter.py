"""The settings an operator changes while the system runs: lookup, checks, policies.

Stored values are canonical text by key, in the parameter table for the whole system and in
a phone's overrides for that phone; what is not stored has its default.
"""

import difflib
from collections.abc import Mapping
from functools import lru_cache

from rollcall.model.parameter_kind import (
    Kind,
    NotPerPhoneError,
    Parameter,
    ParameterError,
    UnknownParameterError,
    Value,
)
from rollcall.model.parameter_table import PARAMETERS, PRESETS
from rollcall.model.phone import AuthMode, Policy

__all__ = [
    "DEFAULTS",
    "PARAMETERS",
    "PRESETS",
    "Kind",
    "NotPerPhoneError",
    "Parameter",
    "ParameterError",
    "UnknownParameterError",
    "Value",
    "canonical",
    "check_together",
    "complete",
    "find",
    "policy",
    "preset",
]

DEFAULTS: dict[str, Value] = {parameter.key: parameter.default for parameter in PARAMETERS}

POLICIES_SHARED = 4096
"""Different override sets whose policies are shared. A site has a handful; beyond this many
each phone merely holds its own object."""

_BY_NAME = {
    name.lower(): parameter
    for parameter in PARAMETERS
    for name in (parameter.key, *parameter.aliases)
}


def find(name: str) -> Parameter:
    """The parameter of this key or VOS3000 name, in any case.

    Raises `UnknownParameterError`, with the nearest name.
    """
    parameter = _BY_NAME.get(name.strip().lower())
    if parameter is None:
        near = difflib.get_close_matches(name.strip().lower(), _BY_NAME, n=1)
        raise UnknownParameterError(name, _BY_NAME[near[0]].key if near else "")
    return parameter


def complete(stored: Mapping[str, object]) -> dict[str, Value]:
    """Values of every parameter by key: those stored (text or JSON), else the defaults.

    Names may be aliases. Raises `ParameterError` for a bad name, a bad value, or values that
    contradict each other.
    """
    values = dict(DEFAULTS)
    for name, raw in stored.items():
        parameter = find(name)
        values[parameter.key] = parameter.parse(raw)
    check_together(values)
    return values


def canonical(changes: Mapping[str, object], *, per_phone: bool = False) -> dict[str, str]:
    """Text to store for new values, by key; each value alone is valid.

    With `per_phone`, only parameters a phone may override are let through. Raises
    `ParameterError`; call `complete` on the whole set to see whether it fits together.
    """
    texts: dict[str, str] = {}
    for name, raw in changes.items():
        parameter = find(name)
        if per_phone and not parameter.per_phone:
            raise NotPerPhoneError(parameter.key)
        texts[parameter.key] = parameter.text(parameter.parse(raw))
    return texts


def check_together(values: Mapping[str, Value]) -> None:
    """Raise `ParameterError` when values, each allowed alone, contradict each other."""
    low, default, high = (
        _whole(values, key) for key in ("expires_min", "expires_default", "expires_max")
    )
    if low > high:
        raise ParameterError(
            "expires_min", str(low), f"at most expires_max, which is {high} s; set them together"
        )
    if not low <= default <= high:
        raise ParameterError(
            "expires_default",
            str(default),
            f"between expires_min and expires_max, which are {low} and {high} s; set them together",
        )


def preset(name: str) -> dict[str, str]:
    """Values of a named preset, as text by key; raises `ParameterError`."""
    try:
        return dict(PRESETS[name.strip().lower()])
    except KeyError:
        raise ParameterError("preset", name, ", ".join(PRESETS)) from None


def policy(values: Mapping[str, Value], overrides: Mapping[str, object] | None = None) -> Policy:
    """The policy of a phone with these overrides (text or JSON by key).

    `values` come from `complete`. Phones with the same result share one object. Raises
    `ParameterError` for a bad name or value. Overrides were checked together with the system's
    values when they were set; where those have changed since, the phone's minimum holds and the
    others give way, so that a phone never is without a policy.
    """
    if overrides:
        merged = dict(values)
        for name, raw in overrides.items():
            parameter = find(name)
            if not parameter.per_phone:
                raise NotPerPhoneError(parameter.key)
            merged[parameter.key] = parameter.parse(raw)
        values = merged
    algorithms = values["auth_algorithms"]
    shortest = _whole(values, "expires_min")
    longest = max(shortest, _whole(values, "expires_max"))
    usual = min(max(shortest, _whole(values, "expires_default")), longest)
    return _shared(
        Policy(
            register_replace=bool(values["register_replace"]),
            max_bindings=_whole(values, "max_bindings"),
            expires_default=usual,
            expires_min=shortest,
            expires_max=longest,
            expires_nat=_whole(values, "expires_nat"),
            expires_jitter=_whole(values, "expires_jitter"),
            auth_mode=AuthMode(str(values["auth_mode"])),
            auth_algorithms=tuple(
                str(name) for name in (algorithms if isinstance(algorithms, tuple) else ())
            ),
            auth_reuse_nc=bool(values["auth_reuse_nc"]),
            stream_grace=_whole(values, "stream_grace"),
        )
    )


@lru_cache(maxsize=POLICIES_SHARED)
def _shared(policy: Policy) -> Policy:
    """The first object equal to `policy`."""
    return policy


def _whole(values: Mapping[str, Value], key: str) -> int:
    value = values[key]
    if not isinstance(value, int):
        raise ParameterError(key, value, find(key).allowed)
    return value
