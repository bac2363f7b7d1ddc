"""Who may do what."""

import hashlib
from typing import Any

import pytest

from doubles.control_side import ControlSide
from rollcall.model.administration import User
from rollcall.storage.repositories import open_repositories

WITHOUT_LOGIN = ["/health/live", "/metrics", "/api/v1/openapi.json"]


def give_token(side: ControlSide, role: str) -> dict[str, str]:
    with open_repositories(side.data.engine, side.data.box) as repositories:
        repositories.set_user(User(name=role, role=role))
        repositories.add_token(hashlib.sha256(b"token-" + role.encode()).digest(), role, role, 0.0)
    return {"Authorization": f"Bearer token-{role}"}


@pytest.mark.parametrize("path", WITHOUT_LOGIN)
async def test_what_needs_no_login(side: ControlSide, path: str) -> None:
    assert (await side.outside.get(path)).status_code == 200


async def test_everything_else_needs_a_token(side: ControlSide) -> None:
    paths = (await side.outside.get("/api/v1/openapi.json")).json()["paths"]
    tried = 0
    for path, methods in paths.items():
        if not path.startswith("/api/"):
            continue
        for method in methods:
            concrete = path.replace("{binding_id}", "1").replace("{", "").replace("}", "")
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
                answer = await side.outside.request(method, concrete, headers=headers)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
                tried += 1
    assert tried > 60


@pytest.mark.parametrize(
    ("role", "allowed", "forbidden"),
    [
        ("viewer", ["/phones", "/registrations", "/parameters"], ["/audit-log", "/backup"]),
        ("operator", ["/phones"], ["/audit-log"]),
        ("admin", ["/phones", "/audit-log"], []),
    ],
)
async def test_roles(
    side: ControlSide, role: str, allowed: list[str], forbidden: list[str]
) -> None:
    headers = give_token(side, role)
    for path in allowed:
        assert (await side.outside.get(f"/api/v1{path}", headers=headers)).status_code == 200
    for path in forbidden:
        answer = await side.outside.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 403
        assert role in answer.json()["detail"]


async def test_acting_and_configuring(side: ControlSide) -> None:
    kick: dict[str, Any] = {"filter": {}}
    phone = {"number": "1001"}
    for role, kicks, adds in (("viewer", 403, 403), ("operator", 200, 403), ("admin", 200, 201)):
        headers = give_token(side, role)
        answer = await side.outside.post("/api/v1/registrations/kick", json=kick, headers=headers)
        assert answer.status_code == kicks
        answer = await side.outside.post("/api/v1/phones", json=phone, headers=headers)
        assert answer.status_code == adds
    log = (await side.admin.get("/audit-log?target=1001")).json()["items"]
    assert [entry["who"] for entry in log] == ["admin"]


async def test_the_mark_of_the_admin_socket_cannot_be_sent(side: ControlSide) -> None:
    answer = await side.outside.get("/api/v1/phones", headers={"rollcall.local": "True"})
    assert answer.status_code == 401
