"""`rollcall unregister`."""

import pytest

from doubles.rest_server import RestServer, Run, registration


def kicked(rest: RestServer, count: int = 1) -> None:
    items = [registration(id=7 + each) for each in range(count)]
    rest.on("POST", "/registrations/kick", {"matched": count, "kicked": count, "items": items})


def test_all_registrations_of_the_number_end(rest: RestServer, run: Run) -> None:
    kicked(rest, 2)
    result = run("unregister", "1001")
    assert result.status == 0
    assert rest.last_body == {"filter": {"phone": "1001"}, "dry_run": False}
    assert "1001 is unregistered: 2 contacts." in result.err


def test_contact_reason_and_block_are_passed_on(rest: RestServer, run: Run) -> None:
    kicked(rest)
    result = run(
        *("unregister", "1001", "--contact", "sip:1001@192.0.2.9:5062"),
        *("--reason", "stolen phone", "--block", "1h30m"),
    )
    assert rest.last_body == {
        "filter": {"phone": "1001"},
        "dry_run": False,
        "contact": "sip:1001@192.0.2.9:5062",
        "reason": "stolen phone",
        "block_seconds": 5400,
    }
    assert "kept out for 1h 30m" in result.err


def test_a_phone_that_is_not_registered_is_exit_1(rest: RestServer, run: Run) -> None:
    kicked(rest, 0)
    result = run("unregister", "1001")
    assert (result.status, result.err) == (1, "rollcall: 1001 is not registered\n")


def test_a_block_is_lifted_though_nothing_is_registered(rest: RestServer, run: Run) -> None:
    kicked(rest, 0)
    rest.on("GET", "/phones/1001", {"number": "1001"})
    result = run("unregister", "1001", "--block", "0")
    assert result.status == 0
    assert "not kept out any more" in result.err


def test_a_number_nobody_has_cannot_be_blocked(rest: RestServer, run: Run) -> None:
    kicked(rest, 0)
    rest.refuse("GET", "/phones/1009", 404, "there is no phone 1009")
    result = run("unregister", "1009", "--block", "1h")
    assert (result.status, result.err) == (1, "rollcall: there is no phone 1009\n")


def test_dry_run_only_says(rest: RestServer, run: Run) -> None:
    kicked(rest)
    result = run("unregister", "1001", "--dry-run")
    assert rest.last_body["dry_run"] is True
    assert "would be unregistered" in result.err


def test_a_wrong_duration_is_wrong_usage(rest: RestServer, run: Run) -> None:
    result = run("unregister", "1001", "--block", "soon")
    assert result.status == 2
    assert rest.requests == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_cannot_is_exit_1(rest: RestServer, run: Run, status: int) -> None:
    rest.refuse("POST", "/registrations/kick", status, "the SIP process does not answer")
    result = run("unregister", "1001")
    assert (result.status, result.err) == (1, "rollcall: the SIP process does not answer\n")
