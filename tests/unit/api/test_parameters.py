"""/parameters."""

from doubles.control_side import ControlSide


async def test_every_parameter_is_listed(side: ControlSide) -> None:
    listing = (await side.admin.get("/parameters")).json()
    by_key = {item["key"]: item for item in listing["items"]}
    assert listing["total"] == len(by_key) == 30
    assert by_key["max_bindings"]["value"] == 5
    assert by_key["auth_algorithms"]["text"] == "MD5, SHA-256"
    assert by_key["check_interval"]["in_use"] is False


async def test_set_by_alias_and_reset(side: ControlSide) -> None:
    item = (await side.admin.patch("/parameters/SS_ENDPOINT_EXPIRE", json={"value": "600"})).json()
    assert (item["key"], item["value"], item["is_default"]) == ("expires_default", 600, False)
    assert side.sip.take() == [("parameters_changed", {})]
    item = (await side.admin.delete("/parameters/expires_default")).json()
    assert (item["value"], item["is_default"]) == (3600, True)
    assert side.sip.take() == [("parameters_changed", {})]
    log = (await side.admin.get("/audit-log?target=expires_default")).json()["items"]
    assert [entry["action"] for entry in log] == ["parameter.reset", "parameter.set"]
    assert (log[1]["before"], log[1]["after"]) == ({"value": "3600"}, {"value": "600"})


async def test_the_same_value_again_changes_nothing(side: ControlSide) -> None:
    await side.admin.patch("/parameters/max_bindings", json={"value": 2})
    side.sip.take()
    await side.admin.patch("/parameters/max_bindings", json={"value": "2"})
    assert side.sip.take() == []


async def test_values_that_must_fit_are_set_together(side: ControlSide) -> None:
    answer = await side.admin.patch("/parameters/expires_max", json={"value": 1800})
    assert answer.status_code == 422
    assert "expires_default" in answer.json()["detail"]
    answer = await side.admin.patch(
        "/parameters", json={"expires_max": 1800, "expires_default": "1800"}
    )
    assert answer.status_code == 200
    assert {item["key"]: item["value"] for item in answer.json()["items"]} == {
        "expires_default": 1800,
        "expires_max": 1800,
    }


async def test_a_value_that_a_phone_contradicts_is_refused(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1", "overrides": {"expires_min": 3000}})
    answer = await side.admin.patch(
        "/parameters", json={"expires_max": 1800, "expires_default": 1800}
    )
    assert answer.status_code == 422
    assert "some phones have values of their own (expires_min 3000)" in answer.json()["detail"]


async def test_presets(side: ControlSide) -> None:
    names = [item["name"] for item in (await side.admin.get("/parameters/presets")).json()["items"]]
    assert names == ["vos3000"]
    await side.admin.post("/parameters/preset", json={"name": "vos3000"})
    assert (await side.admin.get("/parameters/max_bindings")).json()["value"] == 1
    answer = await side.admin.post("/parameters/preset", json={"name": "vos"})
    assert answer.status_code == 422


async def test_unknown_and_wrong(side: ControlSide) -> None:
    answer = await side.admin.get("/parameters/max_binding")
    assert answer.status_code == 404
    assert "did you mean max_bindings" in answer.json()["detail"]
    answer = await side.admin.patch("/parameters/max_bindings", json={"value": 0})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "max_bindings"
    assert side.sip.take() == []
