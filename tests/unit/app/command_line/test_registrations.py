"""`rollcall registrations` and what stands under it."""

import csv
import io
from pathlib import Path

import httpx
import pytest

from doubles.rest_server import RestServer, Run, registration


def test_the_table_shows_who_is_reachable_where(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration(), registration("1002", transport="tcp")])
    result = run("registrations")
    assert result.status == 0
    header, _, first, second = result.out.splitlines()
    assert header.split("  ")[0] == "Phone"
    for title in ("Status", "Contact", "Source", "Via", "Expires in", "Since", "Account", "Device"):
        assert title in header
    assert first.split()[:5] == ["1001", "●", "registered", "192.0.2.9:5062", "192.0.2.9:5062"]
    assert "59m 12s" in first
    assert "acme" in first
    assert "Yealink" in first
    assert second.split()[5] == "tcp"


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal(rest: RestServer, run: Run, columns: int) -> None:
    rest.on_list("/registrations", [registration(source_ip="2001:db8:1:2:3:4:5:6")])
    lines = run("registrations", columns=columns).out.splitlines()
    assert len(lines) == 3
    if columns > 40:
        assert max(map(len, lines)) <= columns


def test_filters_go_to_the_api(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration()])
    run(
        *("registrations", "--phone", "1001, 1002", "--ip", "192.168.1.x", "--account", "acme"),
        *("--status", "registered", "--sort", "-expires_in", "--device", "yea", "-q", "x"),
    )
    assert dict(rest.last.url.params) == {
        "phone": "1001,1002",
        "ip": "192.168.1.x",
        "account": "acme",
        "status": "registered",
        "sort": "-expires_in",
        "device": "yea",
        "q": "x",
        "limit": "100",
    }


def test_json_is_one_document_with_every_page(rest: RestServer, run: Run) -> None:
    pages = {
        None: {"items": [registration("1")], "next_cursor": "c2", "total": 2},
        "c2": {"items": [registration("2")], "next_cursor": None, "total": 2},
    }
    rest.answers["GET", "/registrations"] = lambda request: httpx.Response(
        200, json=pages[request.url.params.get("cursor")]
    )
    document = run("registrations", "--json").json
    assert document["total"] == 2
    assert [item["phone"] for item in document["items"]] == ["1", "2"]
    assert document["items"][0] == registration("1")


def test_json_of_nothing_is_a_document_too(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [])
    assert run("registrations", "--json").json == {"items": [], "total": 0}


def test_csv_holds_every_field_and_no_formula(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration(user_agent="=cmd()")])
    [row] = csv.DictReader(io.StringIO(run("registrations", "--csv").out))
    assert row["phone"] == "1001"
    assert row["source_port"] == "5062"
    assert row["user_agent"] == "'=cmd()"


def test_json_and_csv_exclude_each_other(rest: RestServer, run: Run) -> None:
    result = run("registrations", "--json", "--csv")
    assert result.status == 2
    assert rest.requests == []


def test_an_empty_table_says_what_to_do(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [])
    assert "rollcall phone add 1001" in run("registrations").err
    assert "matches these filters" in run("registrations", "--phone", "1").err


def test_a_long_list_is_cut_and_limit_0_fetches_all(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration()], total=5000)
    run("registrations", "--limit", "0")
    assert rest.last.url.params["limit"] == "1000"
    run("registrations", "--limit", "3")
    assert rest.last.url.params["limit"] == "3"


def test_a_refused_filter_is_one_line_and_exit_1(rest: RestServer, run: Run) -> None:
    rest.refuse("GET", "/registrations", 422, "status: 'x' is not a status;\nallowed: ...")
    result = run("registrations", "--status", "x")
    assert result.status == 1
    assert result.err == "rollcall: status: 'x' is not a status; allowed: ...\n"


def test_watch_needs_a_terminal(rest: RestServer, run: Run) -> None:
    result = run("registrations", "--watch")
    assert result.status == 2
    assert "needs a terminal" in result.err


def test_show_prints_everything_and_what_happened(rest: RestServer, run: Run) -> None:
    event = {"id": 1, "at": "2026-11-23T05:00:00Z", "kind": "moved", "detail": "NAT port 1 -> 2"}
    rest.on("GET", "/registrations/7", {**registration(), "events": [event]})
    out = run("registrations", "show", "7").out
    assert "1001  ● registered" in out
    assert "Yealink SIP-T46S" in out
    assert "moved" in out
    assert "NAT port 1 -> 2" in out


def test_show_json_is_the_item(rest: RestServer, run: Run) -> None:
    rest.on("GET", "/registrations/7", registration())
    assert run("registrations", "show", "7", "--json").json == registration()


def test_show_takes_a_number_too(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration("alice")])
    rest.on("GET", "/registrations/7", registration("alice"))
    assert "alice" in run("registrations", "show", "alice").out


def test_show_of_a_number_with_two_devices_names_both(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration(), registration(id=8)])
    result = run("registrations", "show", "1001")
    assert result.status == 1
    assert "several registrations: 7, 8" in result.err


def test_show_of_an_unregistered_phone_says_so(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [registration(id=None, status="unregistered")])
    assert "1001 is not registered" in run("registrations", "show", "1001").err


def test_show_of_nothing_is_exit_1(rest: RestServer, run: Run) -> None:
    rest.on_list("/registrations", [])
    result = run("registrations", "show", "99")
    assert (result.status, result.out) == (1, "")
    assert "there is no registration 99" in result.err


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_export_writes_what_the_server_streams(
    rest: RestServer, run: Run, tmp_path: Path, form: str
) -> None:
    content = b"x" * 100_000
    rest.answers["GET", "/registrations/export"] = lambda _: httpx.Response(
        200, content=content, headers={"X-Total-Count": "1234"}
    )
    result = run("registrations", "export", f"out.{form}", "--status", "registered")
    assert result.status == 0
    assert (tmp_path / f"out.{form}").read_bytes() == content
    assert dict(rest.last.url.params) == {"format": form, "status": "registered"}
    assert "1,234 rows" in result.err


def test_export_into_an_unknown_format_is_wrong_usage(rest: RestServer, run: Run) -> None:
    result = run("registrations", "export", "out.pdf")
    assert result.status == 2
    assert "must end in .csv, .json or .xlsx" in result.err
