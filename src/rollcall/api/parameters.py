"""/parameters: the settings that change while the system runs."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from rollcall.api.audit import audited
from rollcall.api.identity import Admin, HouseOf, Identity, Viewer
from rollcall.api.listing import ItemList, json_response
from rollcall.api.ports import House
from rollcall.model.administration import InvalidError
from rollcall.model.administration_ports import Repositories
from rollcall.model.parameter import (
    PARAMETERS,
    PRESETS,
    Parameter,
    ParameterError,
    Value,
    canonical,
    complete,
    find,
    preset,
)

router = APIRouter(prefix="/parameters", tags=["parameters"])


class ParameterItem(BaseModel):
    """One parameter with its value."""

    key: str
    aliases: list[str]
    type: str
    value: bool | int | str | list[str | int]
    text: str
    """The value as the command line writes it."""
    default: bool | int | str | list[str | int]
    default_text: str
    is_default: bool
    unit: str | None
    allowed: str
    choices: list[str]
    minimum: int | None
    maximum: int | None
    explanation: str
    per_phone: bool
    in_use: bool
    """False: kept, but nothing acts on it yet."""


class ValueBody(BaseModel):
    """A new value: of the parameter's own type, or as text."""

    model_config = ConfigDict(extra="forbid")

    value: bool | int | str | list[str | int]


class PresetBody(BaseModel):
    """The name of a set of values."""

    model_config = ConfigDict(extra="forbid")

    name: str


@router.get("", responses={200: {"model": ItemList[ParameterItem]}})
async def list_parameters(house: HouseOf, viewer: Viewer) -> Response:
    """Every parameter."""
    del viewer
    stored = await house.read(lambda queries: queries.parameters())
    return _list(stored)


@router.patch("", responses={200: {"model": ItemList[ParameterItem]}})
async def change_parameters(house: HouseOf, admin: Admin, body: dict[str, Any]) -> Response:
    """Set several together; null goes back to the default."""
    stored = await _change(house, admin, body)
    return _list(stored, {find(name).key for name in body})


@router.post("/preset", responses={200: {"model": ItemList[ParameterItem]}})
async def apply_preset(house: HouseOf, admin: Admin, body: PresetBody) -> Response:
    """Set the values of a preset."""
    values = preset(body.name)
    stored = await _change(house, admin, values)
    return _list(stored, set(values))


@router.get("/presets")
async def list_presets(viewer: Viewer) -> Response:
    """The presets and their values."""
    del viewer
    return json_response({"items": [{"name": n, "values": v} for n, v in PRESETS.items()]})


@router.get("/{key}", responses={200: {"model": ParameterItem}})
async def show_one(house: HouseOf, viewer: Viewer, key: str) -> Response:
    """One parameter, by its key or VOS3000 name."""
    del viewer
    parameter = find(key)
    stored = await house.read(lambda queries: queries.parameters())
    return json_response(_show(parameter, stored))


@router.patch("/{key}", responses={200: {"model": ParameterItem}})
async def set_one(house: HouseOf, admin: Admin, key: str, body: ValueBody) -> Response:
    """Set one parameter; it is in force when this returns."""
    parameter = find(key)
    stored = await _change(house, admin, {parameter.key: body.value})
    return json_response(_show(parameter, stored))


@router.delete("/{key}", responses={200: {"model": ParameterItem}})
async def reset_one(house: HouseOf, admin: Admin, key: str) -> Response:
    """Go back to the default."""
    parameter = find(key)
    stored = await _change(house, admin, {parameter.key: None})
    return json_response(_show(parameter, stored))


async def _change(house: House, admin: Identity, changes: Mapping[str, Any]) -> dict[str, str]:
    """Store new values (None: default) if all fit together; gives what is stored then."""
    given = {name: raw for name, raw in changes.items() if raw is not None}
    texts: dict[str, str | None] = {
        find(name).key: None for name, raw in changes.items() if raw is None
    }
    texts |= canonical(given)

    def work(repositories: Repositories) -> dict[str, str]:
        before = repositories.parameters()
        after = {key: text for key, text in (before | texts).items() if text is not None}
        complete(after)
        _check_phones(repositories, after)
        changed = [key for key in texts if before.get(key) != after.get(key)]
        if not changed:
            return after
        repositories.set_parameters({key: texts[key] for key in changed})
        for key in changed:
            default = find(key).text(find(key).default)
            repositories.add_audit(
                audited(
                    house,
                    admin,
                    "parameter.set" if key in after else "parameter.reset",
                    key,
                    before={"value": before.get(key, default)},
                    after={"value": after.get(key, default)},
                )
            )
        repositories.add_pending("parameters_changed", {})
        return after

    return await house.write(work)


def _check_phones(repositories: Repositories, stored: Mapping[str, str]) -> None:
    """Refuse values that some phone's own values contradict."""
    for overrides in repositories.override_sets():
        try:
            complete({**stored, **overrides})
        except ParameterError as error:
            own = ", ".join(f"{key} {text}" for key, text in sorted(overrides.items()))
            raise InvalidError(
                f"some phones have values of their own ({own}) that do not fit: {error}"
            ) from None


def _list(stored: Mapping[str, str], keys: set[str] | None = None) -> Response:
    items = [_show(one, stored) for one in PARAMETERS if keys is None or one.key in keys]
    return json_response({"items": items, "next_cursor": None, "total": len(items)})


def _show(parameter: Parameter, stored: Mapping[str, str]) -> dict[str, Any]:
    text = stored.get(parameter.key)
    value: Value = parameter.default if text is None else parameter.parse(text)
    ranged = parameter.low != parameter.high
    return {
        "key": parameter.key,
        "aliases": list(parameter.aliases),
        "type": parameter.kind.value,
        "value": value,
        "text": parameter.text(value),
        "default": parameter.default,
        "default_text": parameter.text(parameter.default),
        "is_default": value == parameter.default,
        "unit": parameter.unit or None,
        "allowed": parameter.allowed,
        "choices": list(parameter.choices),
        "minimum": parameter.low if ranged else None,
        "maximum": parameter.high if ranged else None,
        "explanation": parameter.explanation,
        "per_phone": parameter.per_phone,
        "in_use": parameter.in_use,
    }
