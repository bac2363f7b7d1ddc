"""/phones/import: all rows or none, with a report."""

from typing import Any

import pytest

from doubles.control_side import ControlSide
from rollcall.api.phone_import import ANNOUNCED_SINGLY


async def post(side: ControlSide, text: str | bytes, **query: object) -> tuple[int, dict[str, Any]]:
    answer = await side.admin.post(
        "/phones/import",
        content=text,
        params={key: str(value) for key, value in query.items()},
        headers={"Content-Type": "text/csv"},
    )
    return answer.status_code, answer.json()


async def test_rows_are_added_and_passwords_made(side: ControlSide) -> None:
    await side.admin.post("/accounts", json={"name": "acme"})
    status, report = await post(
        side,
        "\ufeffnumber;password;account;allow\r\n"
        "1001;hunter22;acme;192.0.2.0/24,192.0.2.7:5060\r\n"
        "\r\n"
        "1002;;;\r\n",
    )
    assert status == 200
    assert (report["added"], report["updated"], report["errors"]) == (2, 0, 0)
    first, second = report["rows"]
    assert (first["line"], first["number"], first["result"]) == (2, "1001", "added")
    assert first["password"] is None
    assert len(second["password"]) == 16
    phone = (await side.admin.get("/phones/1001")).json()
    assert phone["account"] == "acme"
    assert phone["allow"] == ["192.0.2.0/24", "192.0.2.7:5060"]
    assert [fields["number"] for _, fields in side.sip.take()] == ["1001", "1002"]


async def test_one_bad_row_and_nothing_is_done(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1009"})
    side.sip.take()
    status, report = await post(
        side,
        "number,password,auth_mode,account\n"
        "1001,hunter22,,\n"
        "10 02,,,\n"
        "1003,hunter22,none,\n"
        "1001,,,\n"
        "1009,,,\n"
        "1004,,,nobody\n"
        "1005,,,,too,many\n",
    )
    assert status == 422
    assert report["title"] == "Unprocessable Entity"
    assert report["detail"].startswith("nothing was imported: line 3: number: ")
    errors = {row["line"]: row["error"] for row in report["rows"] if row["error"]}
    assert set(errors) == {3, 4, 5, 6, 7, 8}
    assert "auth_mode" in errors[4]
    assert errors[5] == "number 1001 is on line 2 already"
    assert errors[6] == "phone 1009 exists already"
    assert errors[7] == "there is no account nobody"
    assert errors[8] == "6 cells under 4 columns"
    assert "hunter" not in str(report)
    assert (await side.admin.get("/phones")).json()["total"] == 1
    assert side.sip.take() == []


async def test_update_changes_what_the_row_says(side: ControlSide) -> None:
    await side.admin.post("/phones", json={"number": "1001", "allow": ["::1"]})
    await side.admin.post("/phones", json={"number": "1002"})
    side.sip.take()
    status, report = await post(
        side, "number,password,domain\n1001,new secret,\n1002,,\n1003,,\n", update=True
    )
    assert status == 200
    assert (report["added"], report["updated"]) == (1, 2)
    assert (await side.admin.get("/phones/1001")).json()["allow"] == ["::1"]
    ended = {fields["number"]: fields["end_bindings"] for _, fields in side.sip.take()}
    assert ended == {"1001": True, "1002": False, "1003": False}


async def test_a_dry_run_changes_nothing(side: ControlSide) -> None:
    status, report = await post(side, "number\n1001\n", dry_run=True)
    assert (status, report["rows"][0]["result"]) == (200, "ok")
    assert (await side.admin.get("/phones")).json()["total"] == 0


async def test_accounts_are_made_on_request(side: ControlSide) -> None:
    status, _ = await post(side, "number,account\n1001,acme\n1002,acme\n", create_accounts=True)
    assert status == 200
    assert (await side.admin.get("/accounts/acme")).json()["phones"] == 2


async def test_many_phones_are_announced_with_one_command(side: ControlSide) -> None:
    count = ANNOUNCED_SINGLY + 1
    lines = "".join(f"{number},p{number}\n" for number in range(10000, 10000 + count))
    status, report = await post(side, "number,password\n" + lines)
    assert (status, report["added"]) == (200, count)
    assert side.sip.take() == [("parameters_changed", {})]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must name the columns"),
        ("1001,secret\n", "must name the columns"),
        ("number,colour\n1001,red\n", "no column 'colour'"),
        ('number\n"1001\n', ""),
    ],
)
async def test_files_that_are_no_list_of_phones(side: ControlSide, text: str, said: str) -> None:
    status, report = await post(side, text)
    assert status == 422
    assert said in report["detail"]


async def test_what_a_spreadsheet_writes_in_its_own_encoding(side: ControlSide) -> None:
    status, _ = await post(
        side, "number;account\n1001;Müller\n".encode("cp1252"), create_accounts=1
    )
    assert status == 200
    assert (await side.admin.get("/accounts/Müller")).json()["phones"] == 1


async def test_a_form_with_a_file(side: ControlSide) -> None:
    answer = await side.admin.post(
        "/phones/import", files={"file": ("phones.csv", b"number\n1001\n", "text/csv")}
    )
    assert answer.json()["added"] == 1
    answer = await side.admin.post("/phones/import", files={"other": ("x", b"", "text/csv")})
    assert answer.status_code == 422
