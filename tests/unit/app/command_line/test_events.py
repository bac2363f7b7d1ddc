"""`rollcall events` and `rollcall failures`."""

import itertools
import json
import time
from typing import Any

import httpx
import pytest

from doubles.rest_server import RestServer, Run
from rollcall.app.command_line.events import each_new


def event(number: int, kind: str = "registered", **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "at": "2026-11-23T05:00:00.000Z",
        "kind": kind,
        "phone": "1001",
        "source_ip": "192.0.2.9",
        "source_port": 5062,
        "count": 1,
        **more,
    }


def test_events_are_listed(rest: RestServer, run: Run) -> None:
    moved = event(2, "moved", detail="192.0.2.9:1 -> 192.0.2.9:2")
    rest.on_list("/events", [moved, event(1)])
    out = run("events").out
    assert "moved" in out
    assert "192.0.2.9:1 -> 192.0.2.9:2" in out
    assert "192.0.2.9:5062" in out


def test_filters_go_to_the_api(rest: RestServer, run: Run) -> None:
    rest.on_list("/events", [event(1)])
    run(
        *("events", "--phone", "1001,1002", "--kind", "kicked,expired", "--ip", "192.0.2.x"),
        *("--from", "2026-11-23T05:00:00Z", "--to", "2026-11-23T06:00:00Z", "--limit", "5"),
    )
    assert dict(rest.last.url.params) == {
        "phone": "1001,1002",
        "kind": "kicked,expired",
        "ip": "192.0.2.x",
        "from": "2026-11-23T05:00:00Z",
        "to": "2026-11-23T06:00:00Z",
        "limit": "5",
    }


def test_a_wrong_time_is_wrong_usage(rest: RestServer, run: Run) -> None:
    result = run("events", "--from", "teatime")
    assert result.status == 2
    assert "is no time" in result.err


def test_failures_say_why_and_how_often(rest: RestServer, run: Run) -> None:
    refused = event(1, "refused", reason="wrong_password", count=12_346, detail="MD5")
    rest.on_list("/failures", [{**refused, "status": 401, "meaning": "m", "remedy": "r"}])
    out = run("failures").out
    assert "wrong password" in out
    assert "12,346" in out
    header = run("failures", "--csv").out.splitlines()[0]
    assert header.endswith(",reason,detail,count,status,meaning,remedy")


@pytest.mark.parametrize("command", ["events", "failures"])
def test_an_empty_history_says_so(rest: RestServer, run: Run, command: str) -> None:
    rest.on_list(f"/{command}", [])
    result = run(command)
    assert result.status == 0
    assert result.err


def test_following_gives_the_last_then_what_comes(
    rest: RestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = iter([[], [event(3), event(4)], None, [event(5)]])

    def answer(request: httpx.Request) -> httpx.Response:
        items = [event(2), event(1)]
        if "after_id" in request.url.params:
            given = next(later)
            if given is None:
                raise httpx.ConnectError("restarting")
            items = given
        return httpx.Response(200, json={"items": items, "next_cursor": None, "total": 9})

    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    rest.answers["GET", "/events"] = answer
    found = [item["id"] for item in itertools.islice(each_new(rest.api(), {}), 5)]
    assert found == [1, 2, 3, 4, 5]
    assert len(pauses) == 2
    assert rest.last.url.params["after_id"] == "4"


def test_follow_as_json_is_an_object_a_line(
    rest: RestServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    rest.answers["GET", "/events"] = lambda request: httpx.Response(
        200,
        json={
            "items": [] if "after_id" in request.url.params else [event(2), event(1)],
            "next_cursor": None,
            "total": 2,
        },
    )
    result = run("events", "--follow", "--json")
    assert result.status == 0
    assert [json.loads(line)["id"] for line in result.out.splitlines()] == [1, 2]
    lines = run("events", "--follow", "--csv").out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "1", "2"]
    assert "registered" in run("events", "--follow").out.splitlines()[1]
