"""/phones."""

import pytest

from doubles.control_side import ControlSide


async def test_add_with_a_password(side: ControlSide) -> None:
    answer = await side.admin.post(
        "/phones",
        json={
            "number": " 1001 ",
            "password": "correct horse",
            "domain": "Example.COM.",
            "auth_mode": "PASSWORD_AND_IP",
            "allow": ["192.0.2.9/24", "192.0.2.7:5060", "192.0.2.7:5060"],
            "overrides": {"SS_ENDPOINT_REGISTER_REPLACE": 0, "expires_default": "600"},
        },
    )
    assert answer.status_code == 201
    item = answer.json()
    assert "password" not in item
    assert item["number"] == "1001"
    assert item["aor"] == "sip:1001@example.com"
    assert item["auth_mode"] == "password_and_ip"
    assert item["allow"] == ["192.0.2.0/24", "192.0.2.7:5060"]
    assert item["overrides"] == {"register_replace": "0", "expires_default": "600"}
    assert item["created_at"].endswith("Z")
    assert (await side.admin.get("/phones/1001")).json() == item
    [(command, fields)] = side.sip.take()
    assert command == "phone_changed"
    assert fields["number"] == "1001"
    assert fields["end_bindings"] is False


async def test_a_password_is_generated_and_shown_once(side: ControlSide) -> None:
    item = (await side.admin.post("/phones", json={"number": "1001"})).json()
    assert len(item["password"]) == 16
    assert item["password"].isalnum()
    assert item["aor"] == "sip:1001@rollcall"
    assert "password" not in (await side.admin.get("/phones/1001")).json()
    listing = (await side.admin.get("/phones")).text + (await side.admin.get("/audit-log")).text
    assert item["password"] not in listing


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"number": ""}, "number"),
        ({"number": "10 01"}, "number"),
        ({"number": "1001@example.com"}, "number"),
        ({"number": "1" * 65}, "number"),
        ({"number": "1001", "password": ""}, "password"),
        ({"number": "1001", "password": "hunter\n2"}, "password"),
        ({"number": "1001", "password": "hunter2" * 30}, "password"),
        ({"number": "1001", "domain": "a b"}, "domain"),
        ({"number": "1001", "auth_mode": "none"}, "auth_mode"),
        ({"number": "1001", "allow": ["nowhere"]}, "allow"),
        ({"number": "1001", "overrides": {"max_bindings": 0}}, "max_bindings"),
        ({"number": "1001", "overrides": {"rate_total": 1}}, "rate_total"),
        ({"number": "1001", "overrides": {"expires_max": 60}}, "expires_default"),
        ({"number": "1001", "colour": "red"}, "colour"),
    ],
)
async def test_what_is_wrong_is_named_but_never_a_password(
    side: ControlSide, body: dict[str, object], field: str
) -> None:
    answer = await side.admin.post("/phones", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]
    assert "hunter" not in answer.text
    assert (await side.admin.get("/phones")).json()["total"] == 0
    assert side.sip.take() == []


async def test_twice_is_a_conflict(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1001"})
    answer = await side.admin.post("/phones", json={"number": "1001"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "phone 1001 exists already"


async def test_an_unknown_account(side: ControlSide) -> None:
    answer = await side.admin.post("/phones", json={"number": "1001", "account": "acme"})
    assert answer.status_code == 404
    assert "acme" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "another one"}, "password changed"),
        ({"enabled": False}, "phone disabled"),
        ({"domain": "other.example"}, "domain changed"),
        ({"allow": ["192.0.2.0/24"]}, ""),
        ({"overrides": {"max_bindings": 1}}, ""),
    ],
)
async def test_which_changes_end_registrations(
    side: ControlSide, change: dict[str, object], why: str
) -> None:
    await side.admin.post("/phones", json={"number": "1001"})
    side.sip.take()
    answer = await side.admin.patch("/phones/1001", json=change)
    assert answer.status_code == 200
    assert side.sip.take() == [
        (
            "phone_changed",
            {
                "number": "1001",
                "aor": "sip:1001@rollcall",
                "end_bindings": bool(why),
                "why": why or "changed",
            },
        )
    ]


async def test_what_is_not_named_stays(side: ControlSide) -> None:
    await side.admin.post(
        "/phones",
        json={"number": "1001", "allow": ["::1"], "overrides": {"max_bindings": 2}},
    )
    await side.admin.patch("/phones/1001", json={"overrides": {"expires_nat": 60}})
    item = (await side.admin.get("/phones/1001")).json()
    assert item["allow"] == ["::1"]
    assert item["overrides"] == {"max_bindings": "2", "expires_nat": "60"}
    await side.admin.patch("/phones/1001", json={"overrides": {"max_bindings": None}, "allow": []})
    item = (await side.admin.get("/phones/1001")).json()
    assert item["allow"] == []
    assert item["overrides"] == {"expires_nat": "60"}


async def test_the_audit_log_has_what_changed_but_no_password(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1001", "password": "hunter22"})
    await side.admin.patch("/phones/1001", json={"password": "hunter23", "enabled": False})
    log = await side.admin.get("/audit-log?target=1001")
    newest = log.json()["items"][0]
    assert newest["action"] == "phone.change"
    assert newest["who"] == "local"
    assert newest["before"]["enabled"] is True
    assert newest["after"]["enabled"] is False
    assert newest["after"]["password"] == "changed"
    assert "number" not in newest["after"]
    assert "hunter" not in log.text


async def test_remove(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "*77"})
    side.sip.take()
    assert (await side.admin.delete("/phones/*77")).status_code == 204
    [(command, fields)] = side.sip.take()
    assert (command, fields["end_bindings"], fields["why"]) == (
        "phone_changed",
        True,
        "phone removed",
    )
    for method in ("GET", "DELETE"):
        answer = await side.admin.request(method, "/phones/*77")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "there is no phone *77"
    assert (await side.admin.patch("/phones/*77", json={"enabled": True})).status_code == 404


async def test_pages(side: ControlSide) -> None:
    for number in range(1000, 1007):
        await side.admin.post("/phones", json={"number": str(number)})
    numbers: list[str] = []
    query: dict[str, str | int] = {"limit": 3, "sort": "-number"}
    while True:
        page = (await side.admin.get("/phones", params=query)).json()
        assert page["total"] == 7
        numbers += [item["number"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert numbers == [str(number) for number in range(1006, 999, -1)]
