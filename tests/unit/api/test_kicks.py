"""Throwing phones out."""

from doubles.control_side import ControlSide
from doubles.view import binding, project


async def test_kick_by_filter(three: ControlSide) -> None:
    answer = await three.admin.post(
        "/registrations/kick",
        json={"filter": {"phone": ["1001", "1002"]}, "reason": "rogue", "block_seconds": 60},
    )
    result = answer.json()
    assert (result["matched"], result["kicked"], result["blocked"]) == (2, 2, 2)
    assert three.sip.take() == [
        (
            "kick",
            {
                "aor": f"sip:{number}@rollcall",
                "reason": "rogue",
                "binding_ids": [number],
                "block_seconds": 60,
            },
        )
        for number in (1001, 1002)
    ]
    [entry] = (await three.admin.get("/audit-log?target=2 phones")).json()["items"]
    assert entry["action"] == "registration.kick"
    assert entry["after"]["filter"] == {"phone": ["1001", "1002"]}


async def test_a_dry_run_only_tells(three: ControlSide) -> None:
    body = {"filter": {}, "dry_run": True}
    result = (await three.admin.post("/registrations/kick", json=body)).json()
    assert (result["matched"], result["kicked"]) == (3, 0)
    assert [item["phone"] for item in result["items"]] == ["1001", "1002", "1003"]
    assert three.sip.take() == []


async def test_kick_by_ids_and_contact(three: ControlSide) -> None:
    async def kicked(body: dict[str, object]) -> list[int]:
        await three.admin.post("/registrations/kick", json=body)
        return [fields["binding_ids"][0] for _, fields in three.sip.take()]

    assert await kicked({"ids": [1003, 7]}) == [1003]
    assert await kicked({"ids": []}) == []
    assert await kicked({"filter": {"phone": "1002"}, "contact": "sip:1002@192.0.2.2:5062"}) == [
        1002
    ]
    assert await kicked({"filter": {"phone": "1002"}, "contact": "sip:1002@elsewhere"}) == []


async def test_a_contact_may_be_named_as_it_is_shown_without_its_password(
    side: ControlSide,
) -> None:
    contact = "<sip:1001:secret@192.0.2.1:5062>"
    project(side, binding(1001, side.house.now(), contact=contact))
    listed = (await side.admin.get("/registrations?phone=1001")).text
    shown = (await side.admin.get("/registrations/1001")).json()["contact"]
    assert shown == "<sip:1001:***@192.0.2.1:5062>"
    exported = (await side.admin.get("/registrations/export?format=csv")).text
    assert "secret" not in listed + exported
    for named in (shown, contact):
        body: dict[str, object] = {"filter": {}, "contact": named}
        assert (await side.admin.post("/registrations/kick", json=body)).json()["kicked"] == 1


async def test_a_phone_that_is_not_registered_can_be_blocked(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1001"})
    side.sip.take()
    body = {"filter": {"phone": "1001"}, "block_seconds": 0}
    result = (await side.admin.post("/registrations/kick", json=body)).json()
    assert (result["matched"], result["blocked"]) == (0, 0)
    [(command, fields)] = side.sip.take()
    assert command == "kick"
    assert fields == {"aor": "sip:1001@rollcall", "reason": "operator", "block_seconds": 0}


async def test_everybody_must_be_asked_for_in_so_many_words(three: ControlSide) -> None:
    answer = await three.admin.post("/registrations/kick", json={})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "filter or ids is needed"
    assert three.sip.take() == []


async def test_delete_one(three: ControlSide) -> None:
    assert (await three.admin.delete("/registrations/1001?reason=why")).status_code == 204
    [(_, fields)] = three.sip.take()
    assert (fields["binding_ids"], fields["reason"]) == ([1001], "why")
    assert (await three.admin.delete("/registrations/7")).status_code == 404
    assert (await three.admin.get("/registrations/7")).status_code == 404


async def test_a_kick_that_the_sip_process_refuses(three: ControlSide) -> None:
    three.sip.refusing = "the disk is full"
    answer = await three.admin.delete("/registrations/1001")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the disk is full"
