"""/registrations over a view that the test fills through the journal's projection."""

import csv
import io
import json
import re

import pytest

from doubles.control_side import ControlSide


async def test_items_have_the_fields_of_the_contract(three: ControlSide) -> None:
    page = (await three.admin.get("/registrations?phone=1002")).json()
    [item] = page["items"]
    assert page["total"] == 1
    fields = (
        "id aor phone account contact contact_ip contact_port source_ip source_port transport "
        "expires_in expires_at granted_expires registered_at refreshed_at refreshes status "
        "user_agent vendor model firmware country behind_nat rtt_ms node call_id cseq "
        "instance_id reg_id path q"
    )
    assert set(fields.split()) <= set(item)
    assert item["status"] == "registered"
    assert 98 <= item["expires_in"] <= 100
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item["registered_at"])
    detail = (await three.admin.get("/registrations/1002")).json()
    assert detail["contact"] == item["contact"]
    assert [event["kind"] for event in detail["events"]] == ["registered"]


async def test_filters(three: ControlSide) -> None:
    async def phones(query: str) -> list[str]:
        answer = await three.admin.get(f"/registrations?{query}")
        return [item["phone"] for item in answer.json()["items"]]

    assert await phones("phone=1001, 1003") == ["1001", "1003"]
    assert await phones("phone=1001&phone=1002") == ["1001", "1002"]
    assert await phones("ip=192.0.2.2") == ["1002"]
    assert await phones("ip=192.0.2.x&sort=-phone") == ["1003", "1002", "1001"]
    assert await phones("status=unreachable") == []
    assert await phones("transport=UDP&device=phone/1001") == ["1001"]
    assert await phones("q=1002") == ["1002"]


async def test_exports(three: ControlSide) -> None:
    answer = await three.admin.get("/registrations/export?sort=-phone&phone=1001,1002")
    assert answer.headers["x-total-count"] == "2"
    assert "attachment; filename=" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["phone"] for row in rows] == ["1002", "1001"]
    assert rows[0]["user_agent"] == "'=Phone/1002"
    documents = json.loads((await three.admin.get("/registrations/export?format=json")).text)
    assert [row["id"] for row in documents] == [1001, 1002, 1003]
    answer = await three.admin.get("/registrations/export?format=xlsx")
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # ships no types

    sheet = load_workbook(io.BytesIO(answer.content), read_only=True).active
    assert [row[0].value for row in sheet.iter_rows()] == ["id", 1001, 1002, 1003]
    assert (await three.admin.get("/registrations/export?format=pdf")).status_code == 422


@pytest.mark.parametrize(
    "query", ["status=lost", "sort=colour", "cursor=x", "ip=nowhere", "limit=0", "limit=1001"]
)
@pytest.mark.parametrize("path", ["/registrations", "/registrations/export"])
async def test_queries_without_sense(side: ControlSide, path: str, query: str) -> None:
    if path.endswith("export") and query.startswith(("cursor", "limit")):
        query = "status=none"
    answer = await side.admin.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_counts(three: ControlSide) -> None:
    await three.admin.post("/phones", json={"number": "1009"})
    counts = (await three.admin.get("/registrations/counts")).json()
    assert counts["registered"] == 3
    assert counts["unregistered"] == 1
