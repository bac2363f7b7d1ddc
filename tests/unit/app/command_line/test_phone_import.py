"""`rollcall phone import`."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from doubles.rest_server import RestServer, Run


def row(line: int, number: str, result: str = "added", **more: Any) -> dict[str, Any]:
    found = {"line": line, "number": number, "result": result}
    return {**found, "error": None, "password": None, **more}


def report(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    added = sum(one["result"] == "added" for one in rows)
    sums = {"added": added, "updated": 0, "errors": 0, "dry_run": False}
    return {**sums, "rows": list(rows), **more}


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "phones.csv").write_bytes(b"number,password\n1001,a\n1002,\n")
    return "phones.csv"


def test_the_file_is_sent_as_it_is(rest: RestServer, run: Run, file: str) -> None:
    made = row(3, "1002", password="Xy7")
    rest.on("POST", "/phones/import", report(row(2, "1001"), made))
    result = run("phone", "import", file)
    assert result.status == 0
    assert rest.last.content == b"number,password\n1001,a\n1002,\n"
    assert rest.last.headers["content-type"] == "text/csv"
    assert not rest.last.url.query
    assert "2 phones added." in result.err
    assert result.out.splitlines()[-1].split() == ["3", "1002", "Xy7"]


def test_options_go_to_the_api(rest: RestServer, run: Run, file: str) -> None:
    rest.on("POST", "/phones/import", report(row(2, "1001", "ok"), dry_run=True))
    result = run("phone", "import", file, "--update", "--create-accounts", "--dry-run")
    assert dict(rest.last.url.params) == {
        "update": "true",
        "create_accounts": "true",
        "dry_run": "true",
    }
    assert "1 row could be imported." in result.err


def test_a_refused_file_names_every_wrong_row(rest: RestServer, run: Run, file: str) -> None:
    rows = [row(2, "1001", "ok"), row(3, "x y", "error", error="number: has a space")]
    rest.refuse("POST", "/phones/import", 422, "line 3", rows=rows, dry_run=False)
    result = run("phone", "import", file)
    assert result.status == 1
    assert result.out.splitlines()[-1].split() == ["3", "x", "y", "number:", "has", "a", "space"]
    assert "1001" not in result.out
    assert result.err == "rollcall: nothing was imported: 1 row of phones.csv to correct\n"


def test_many_wrong_rows_are_cut(rest: RestServer, run: Run, file: str) -> None:
    rows = [row(line, str(line), "error", error="bad") for line in range(2, 52)]
    rest.refuse("POST", "/phones/import", 422, "line 2", rows=rows)
    result = run("phone", "import", file)
    assert len(result.out.splitlines()) == 22
    assert "and 30 more" in result.err


def test_a_file_without_a_header_is_one_line(rest: RestServer, run: Run, file: str) -> None:
    rest.refuse("POST", "/phones/import", 422, "the first line must name the columns")
    result = run("phone", "import", file)
    assert (result.status, result.err) == (1, "rollcall: the first line must name the columns\n")


def test_csv_is_for_handing_out_passwords(rest: RestServer, run: Run, file: str) -> None:
    rest.on("POST", "/phones/import", report(row(2, "1001"), row(3, "2", password="Xy")))
    found = list(csv.DictReader(io.StringIO(run("phone", "import", file, "--csv").out)))
    assert [(one["number"], one["password"]) for one in found] == [
        ("1001", ""),
        ("2", "Xy"),
    ]


def test_json_is_the_report(rest: RestServer, run: Run, file: str) -> None:
    rest.on("POST", "/phones/import", report(row(2, "1001")))
    assert json.loads(run("phone", "import", file, "--json").out) == report(row(2, "1001"))


def test_a_file_that_is_not_there_is_exit_1(rest: RestServer, run: Run) -> None:
    result = run("phone", "import", "nowhere.csv")
    assert result.status == 1
    assert "cannot read nowhere.csv: No such file" in result.err
    assert rest.requests == []


def test_a_dash_is_standard_input(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"number\n1001\n")))
    rest.on("POST", "/phones/import", report(row(2, "1001")))
    assert run("phone", "import", "-").status == 0
    assert rest.last.content == b"number\n1001\n"
