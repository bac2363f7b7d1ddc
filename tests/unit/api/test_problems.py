"""Errors as problem documents."""

import pytest
from structlog.testing import capture_logs

from doubles.control_side import ControlSide


async def test_nothing_there(side: ControlSide) -> None:
    answer = await side.outside.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is nothing at /nothing",
    }


async def test_a_method_there_is_not(side: ControlSide) -> None:
    answer = await side.admin.put("/phones", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"]


async def test_a_body_that_is_not_json(side: ControlSide) -> None:
    answer = await side.admin.post(
        "/phones", content=b"{hunter22", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "hunter" not in answer.text


async def test_a_fault_says_nothing_of_itself(
    side: ControlSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("secret hunter22")

    monkeypatch.setattr(side.data.queries, "phones", broken)
    with capture_logs() as log:
        answer = await side.admin.get("/phones")
    assert log[0]["event"] == "request failed"
    assert answer.status_code == 500
    assert "hunter" not in answer.text
    assert "its log says more" in answer.json()["detail"]
