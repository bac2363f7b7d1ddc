"""/events, /failures, /audit-log."""

import pytest

from doubles.control_side import ControlSide
from rollcall.api.history import show_failure
from rollcall.model.administration import EventEntry


@pytest.mark.parametrize("path", ["/events", "/failures"])
async def test_an_empty_history(side: ControlSide, path: str) -> None:
    answer = await side.admin.get(path)
    assert answer.json() == {"items": [], "next_cursor": None, "total": 0}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=teapot", "kind: 'teapot' is unknown; allowed: registered,"),
        ("from=yesterday", "from: 'yesterday' is not a time"),
        ("to=nan", "to: 'nan' is not a time"),
        ("ip=nowhere", "ip:"),
        ("limit=5000", "limit:"),
    ],
)
async def test_queries_without_sense(side: ControlSide, query: str, said: str) -> None:
    answer = await side.admin.get(f"/events?{query}")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_failure_says_what_it_means() -> None:
    shown = show_failure(
        EventEntry(id=1, at=0.0, kind="refused", phone="1001", reason="wrong_password")
    )
    assert shown["status"] == 401
    assert "digest" in shown["meaning"]
    assert shown["remedy"]
    assert shown["at"] == "1970-01-01T00:00:00.000Z"
    unknown = show_failure(EventEntry(id=1, at=0.0, kind="refused", reason="of_the_future"))
    assert unknown["status"] is None


async def test_the_audit_log_by_time_and_person(side: ControlSide) -> None:
    await side.admin.post("/accounts", json={"name": "acme"})

    async def actions(query: str) -> list[str]:
        answer = await side.admin.get(f"/audit-log?{query}")
        return [item["action"] for item in answer.json()["items"]]

    assert await actions("who=local") == ["account.add"]
    assert await actions("who=nobody") == []
    assert await actions("target=acme&from=2000-01-01T00:00:00Z") == ["account.add"]
    assert await actions("from=2999-01-01T00:00:00Z") == []
    assert await actions("to=2000-01-01") == []
