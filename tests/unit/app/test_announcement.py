"""What the server prints when it is ready."""

from pathlib import Path

import pytest

from rollcall.app.announcement import PASSWORD_FILE, announcement, first_phone
from rollcall.app.configuration import Settings, load
from rollcall.app.first_start import Prepared

LISTENERS = ["udp://192.0.2.5:5070", "tcp://192.0.2.5:5070"]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    for name in ("ROLLCALL_DATA_DIR", "JOURNAL_STREAM", "NOTIFY_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    return load({"data_dir": tmp_path})


def test_the_first_start_says_everything(settings: Settings) -> None:
    text = announcement(settings, Prepared("rollcall", "Secret123", has_phones=False), LISTENERS)
    assert "SIP       udp://192.0.2.5:5070\n" in text
    assert "Console   http://127.0.0.1:8080\n" in text
    assert "Admin     admin\n" in text
    assert "Secret123   (shown this once)" in text
    add, register = [line.strip() for line in text.splitlines() if "1001" in line]
    password = add.partition("--password ")[2].split()[0]
    assert f"phone add 1001 --password {password}" in add
    assert str(settings.data_dir) in add
    assert register == f"baresip -e '/uanew <sip:1001@192.0.2.5:5070>;auth_pass={password}'"


def test_later_starts_are_brief(settings: Settings) -> None:
    text = announcement(settings, Prepared("rollcall", "", has_phones=True), LISTENERS)
    assert "Password" not in text
    assert "1001" not in text


def test_many_addresses_are_cut(settings: Settings) -> None:
    many = [f"udp://192.0.2.{n}:5060" for n in range(10)]
    text = announcement(settings, Prepared("rollcall", "", has_phones=True), many)
    assert "and 4 more" in text


def test_under_systemd_the_password_stays_out_of_the_journal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    text = announcement(settings, Prepared("rollcall", "Secret123", has_phones=True), LISTENERS)
    assert "Secret123" not in text
    file = settings.data_dir / PASSWORD_FILE
    assert file.read_text() == "Secret123\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("listeners", "host"),
    [
        (["udp://0.0.0.0:5060"], "127.0.0.1"),
        (["udp://[::1]:5070", "udp://192.0.2.5:5060"], "192.0.2.5"),
        (["udp://[::1]:5070"], "[::1]:5070"),
        (["tcp://192.0.2.5:5062"], "192.0.2.5:5062"),
    ],
)
def test_the_address_a_softphone_here_can_reach(
    settings: Settings, listeners: list[str], host: str
) -> None:
    assert f"<sip:1001@{host}>" in first_phone(settings, listeners)[1]
