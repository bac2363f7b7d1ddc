"""How one registration reads."""

import pytest
from rich.text import Text

from doubles.rest_server import registration
from rollcall.app.command_line import registration_words as words
from rollcall.app.command_line.screen import MARKS


@pytest.mark.parametrize(
    ("host", "port", "shown"),
    [
        ("192.0.2.9", 5060, "192.0.2.9:5060"),
        ("2001:db8::7", 5060, "[2001:db8::7]:5060"),
        ("phone.example.com", None, "phone.example.com"),
        (None, None, ""),
    ],
)
def test_addresses(host: str | None, port: int | None, shown: str) -> None:
    assert words.address(host, port) == shown


@pytest.mark.parametrize("status", ["registered", "expiring", "unreachable", "unregistered"])
def test_every_status_has_a_mark_and_a_colour(status: str) -> None:
    cell = words.status_cell({"status": status})
    assert cell.plain == f"{MARKS[status]} {status}"
    assert cell.style == status


def test_a_source_that_repeats_the_contact_is_quiet() -> None:
    cell = words.source_cell(registration())
    assert isinstance(cell, Text)
    assert (cell.plain, cell.style) == ("192.0.2.9:5062", "quiet")


def test_a_source_behind_nat_is_marked() -> None:
    cell = words.source_cell(registration(source_ip="198.51.100.4", behind_nat=True))
    assert str(cell) == "198.51.100.4:5062 nat"


def test_the_last_seconds_are_coloured() -> None:
    late, early = (
        words.expires_cell(registration(expires_in=10)),
        words.expires_cell(registration()),
    )
    assert isinstance(late, Text)
    assert isinstance(early, Text)
    assert (late.plain, late.style) == ("10s", "warn")
    assert (early.plain, early.style) == ("59m 12s", "")


def test_an_unregistered_phone_says_why() -> None:
    item = registration(status="unregistered", ended="kicked", expires_in=None)
    assert str(words.expires_cell(item)) == "kicked"
    assert str(words.since_cell({**item, "ended_at": None})) == ""


def test_vendor_and_model_go_before_the_user_agent() -> None:
    assert words.device_of(registration()) == "Yealink SIP-T46S 66.86.0.15"
    assert words.device_of(registration(vendor="Yealink", model="T46S")) == "Yealink T46S"
    assert words.device_of({}) == ""


def test_details_know_what_is_not_known() -> None:
    found = dict(words.details(registration(path=["<sip:p1>", "<sip:p2>"], q=0.5)))
    assert found["Contact"] == "<sip:1001@192.0.2.9:5062>"
    assert found["Source"] == "192.0.2.9:5062 over UDP"
    assert found["Path"] == "<sip:p1>, <sip:p2>"
    assert found["Preference (q)"] == 0.5
    assert found["Expires in"].startswith("59m 12s (at 2026-11-23 ")
    assert found["Country"] is None
    assert found["Instance"] is None


def test_every_field_of_the_contract_is_in_the_csv() -> None:
    assert set(registration()) <= set(words.FIELDS)


def test_a_source_behind_nat_is_said_in_the_details() -> None:
    found = dict(words.details(registration(behind_nat=True)))
    assert found["Source"] == "192.0.2.9:5062 over UDP, behind NAT"
