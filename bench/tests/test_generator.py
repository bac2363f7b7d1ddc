"""Can the generator be believed? It must notice what a server does not do."""

from __future__ import annotations

import hashlib
import re
import socket
from pathlib import Path

import pytest
from registrar_double import NONCE, Double, answer, challenging, header, parameter

import load
from part_generator import Reflector


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    load.build()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _fleet(port: int, tmp_path: Path, count: int, *options: str) -> load.Fleet:
    return load.Fleet(port, count, tmp_path / "state", extra=("--from-port", "45000", *options))


def test_each_lost_answer_is_sent_again_and_counted(tmp_path: Path) -> None:
    port = _free_port()
    with Reflector(port, "--drop", "0.01") as reflector:
        fleet = _fleet(port, tmp_path, 20_000, "--interval", "50")
        result = fleet.once("full")
    assert reflector.counts["dropped"] == pytest.approx(400, rel=0.25)
    assert result.retransmitted == reflector.counts["dropped"]
    assert result.statuses == {"200": 20_000, "401": 20_000}
    assert result.latency["p99.9"] >= 50_000


def test_what_is_never_answered_is_lost_and_counts_with_its_whole_time(tmp_path: Path) -> None:
    port = _free_port()
    with Reflector(port, "--drop", "1"):
        fleet = _fleet(port, tmp_path, 100, "--interval", "50", "--patience", "300")
        result = fleet.once("full")
    assert (result.lost, result.rate, result.statuses) == (100, 0, {})
    assert result.latency["p50"] >= 300_000
    assert not result.clean


def test_a_pause_of_the_server_shows_in_an_open_loop(tmp_path: Path) -> None:
    port = _free_port()
    with Reflector(port, "--stall", "300"):
        fleet = _fleet(port, tmp_path, 5_000)
        fleet.once("full")
        result = fleet.open("refresh", 2_000, 3)
    # Three tenths of the requests were scheduled during a pause, though none was sent twice.
    assert result.latency["p90"] >= 150_000
    assert result.latency["max"] >= 290_000


def test_a_rate_is_offered_as_asked(tmp_path: Path) -> None:
    port = _free_port()
    with Reflector(port):
        result = _fleet(port, tmp_path, 5_000).open("refresh", 3_000, 2)
    assert result.rate == pytest.approx(3_000, rel=0.05)


def test_credentials_are_right(tmp_path: Path) -> None:
    with Double() as double:
        result = _fleet(double.port, tmp_path, 5).once("full")
    assert result.clean
    granted = [message for message in double.messages if header(message, "Authorization")]
    assert len(granted) == 5
    for message in granted:
        digest = header(message, "Authorization")
        user = parameter(digest, "username")
        ha1 = hashlib.md5(f"{user}:rollcall:pw{user}".encode()).hexdigest()
        ha2 = hashlib.md5(b"REGISTER:sip:127.0.0.1").hexdigest()
        nc, cnonce = parameter(digest, "nc"), parameter(digest, "cnonce")
        expected = hashlib.md5(f"{ha1}:{NONCE}:{nc}:{cnonce}:auth:{ha2}".encode()).hexdigest()
        assert parameter(digest, "response") == expected
        assert parameter(digest, "opaque") == "5ccc"
        assert parameter(digest, "uri") == message.split()[1]
        assert header(message, "To") == f"<sip:{user}@127.0.0.1>"


def test_requests_differ_where_those_of_phones_do(tmp_path: Path) -> None:
    with Double() as double:
        fleet = _fleet(double.port, tmp_path, 50)
        fleet.once("full")
        fleet.once("refresh")
    messages = double.messages
    assert len(messages) == 150
    assert len({header(message, "Via") for message in messages}) == 150
    assert len({header(message, "From") for message in messages}) == 150
    contacts = {header(message, "Contact").strip("<>") for message in messages}
    calls = {header(message, "Call-ID") for message in messages}
    assert len(contacts) == len(calls) == 50
    assert all(60 <= len(text) <= 90 for text in contacts | calls)
    order = [header(message, "To") for message in messages[:50]]
    assert order != sorted(order)


def test_a_later_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    with Double() as double:
        fleet = _fleet(double.port, tmp_path, 3)
        fleet.once("refresh")
        fleet.once("refresh")
        fleet.once("refresh")
    first = header(double.messages[0], "To")
    own = [message for message in double.messages if header(message, "To") == first]
    digests = [header(message, "Authorization") for message in own]
    assert [header(message, "CSeq") for message in own] == [f"{n} REGISTER" for n in range(1, 5)]
    assert [parameter(digest, "nc") for digest in digests] == [
        "",
        "00000001",
        "00000002",
        "00000003",
    ]


def test_a_refused_password_is_not_tried_for_ever(tmp_path: Path) -> None:
    def refusing(message: str) -> str:
        return challenging(re.sub("\r\nAuthorization:.*?\r\n", "\r\n", message, flags=re.DOTALL))

    with Double(refusing) as double:
        result = _fleet(double.port, tmp_path, 4).once("refresh")
    assert (result.refused, result.rate, result.statuses) == (4, 0, {"401": 8})
    assert result.troubles() == "4 refused"


def test_other_answers_are_no_success(tmp_path: Path) -> None:
    with Double(lambda message: answer(message, "503 Service Unavailable")) as double:
        result = _fleet(double.port, tmp_path, 4).once("refresh")
    assert (result.rate, result.statuses, result.clean) == (0, {"503": 4}, False)


def test_a_200_must_list_the_own_contact(tmp_path: Path) -> None:
    with Double(lambda message: answer(message, "200 OK", contact=False)) as double:
        result = _fleet(double.port, tmp_path, 4).once("refresh")
    assert (result.rate, result.unlisted, result.clean) == (0, 4, False)


def test_many_sources_are_many_addresses_and_match_their_contacts(tmp_path: Path) -> None:
    with Double() as double:
        fleet = load.Fleet(
            double.port, 300, tmp_path / "state", sources=300, extra=("--from-port", "45000")
        )
        result = fleet.once("full")
    assert result.clean
    assert len({address for address, _ in double.sources}) == 300
    for message, (address, port) in zip(double.messages, double.sources, strict=True):
        assert f"@{address}:{port};" in header(message, "Contact")
        assert f"UDP {address}:{port};" in header(message, "Via")


def test_a_fetch_has_no_contact(tmp_path: Path) -> None:
    with Double() as double:
        fleet = _fleet(double.port, tmp_path, 2)
        fleet.once("fetch")
    assert {header(message, "Contact") for message in double.messages} == {""}
    assert {header(message, "Expires") for message in double.messages} == {""}
