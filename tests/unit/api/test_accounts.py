"""/accounts."""

import pytest

from doubles.control_side import ControlSide


async def test_life_of_an_account(side: ControlSide) -> None:
    answer = await side.admin.post("/accounts", json={"name": " acme ", "description": "a"})
    assert answer.status_code == 201
    assert answer.json()["name"] == "acme"
    assert (await side.admin.post("/accounts", json={"name": "acme"})).status_code == 409
    await side.admin.post("/phones", json={"number": "1001", "account": "acme"})
    side.sip.take()
    renamed = (await side.admin.patch("/accounts/acme", json={"name": "Acme Ltd"})).json()
    assert (renamed["name"], renamed["description"], renamed["phones"]) == ("Acme Ltd", "a", 1)
    assert side.sip.take() == [("parameters_changed", {})]
    assert (await side.admin.get("/phones/1001")).json()["account"] == "Acme Ltd"
    answer = await side.admin.delete("/accounts/Acme Ltd")
    assert answer.status_code == 422
    assert "1 phones" in answer.json()["detail"]
    await side.admin.delete("/phones/1001")
    assert (await side.admin.delete("/accounts/Acme Ltd")).status_code == 204
    assert (await side.admin.get("/accounts")).json()["items"] == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_account_there_is_not(side: ControlSide, method: str) -> None:
    body = {"description": "x"} if method == "PATCH" else None
    answer = await side.admin.request(method, "/accounts/nobody", json=body)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no account nobody"


@pytest.mark.parametrize("name", ["", " ", "a,b", "a/b", "x\ny", "x" * 101])
async def test_names_that_are_not_allowed(side: ControlSide, name: str) -> None:
    answer = await side.admin.post("/accounts", json={"name": name})
    assert answer.status_code == 422
