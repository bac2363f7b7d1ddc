"""deploy/rollcall.service fits the command it starts."""

from pathlib import Path

import pytest

from doubles.rest_server import Run
from rollcall.app.configuration import Settings

UNIT = Path(__file__).parents[4] / "deploy" / "rollcall.service"


@pytest.fixture(scope="module")
def service() -> dict[str, str]:
    """Section [Service]; what is given twice is joined."""
    lines: dict[str, str] = {}
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            lines[name] = f"{lines[name]} {value}" if name in lines else value
    return lines


def test_it_starts_a_command_that_exists(service: dict[str, str], run: Run) -> None:
    program, *words = service["ExecStart"].split()
    assert program.endswith("/rollcall")
    assert run(*words, "--help").status == 0


def test_its_settings_are_known(service: dict[str, str]) -> None:
    for setting in service["Environment"].split():
        name = setting.partition("=")[0].removeprefix("ROLLCALL_").lower()
        assert name in Settings.model_fields


def test_data_lies_where_systemd_makes_the_directory(service: dict[str, str]) -> None:
    assert service["StateDirectory"] == "rollcall"
    assert "ROLLCALL_DATA_DIR=/var/lib/rollcall" in service["Environment"]
    assert service["StateDirectoryMode"] == "0700"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("Type", "notify"),
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictNamespaces", "yes"),
        ("SystemCallArchitectures", "native"),
    ],
)
def test_it_may_do_little(service: dict[str, str], option: str, value: str) -> None:
    assert service[option] == value


def test_it_may_do_what_it_needs(service: dict[str, str]) -> None:
    families = service["RestrictAddressFamilies"].split()
    assert {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"} == set(families)
    assert "ProcSubset" not in service, "the clock reads /proc/sys/kernel/random/boot_id"
    assert int(service["TimeoutStopSec"]) > 5
    assert int(service["LimitNOFILE"]) >= 20_000
