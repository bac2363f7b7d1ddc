"""Steady time, with sources that step, boot and lose power."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from rollcall.app.clock import CLOCK_FILE, ClockSources, SteadyClock

HOUR = 3600.0


@dataclass
class Machine:
    """A machine whose times the test moves."""

    since_boot: float = 100.0
    wall: float = 1_700_000_000.0
    boot: str = "first"

    @property
    def sources(self) -> ClockSources:
        return ClockSources(
            since_boot=lambda: self.since_boot, wall=lambda: self.wall, boot_id=lambda: self.boot
        )

    def live(self, seconds: float) -> None:
        self.since_boot += seconds
        self.wall += seconds

    def reboot(self, down: float) -> None:
        self.boot += " again"
        self.since_boot = 5.0
        self.wall += down


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_second_is_a_second(tmp_path: Path, machine: Machine) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    begin = clock.now()
    machine.live(12.5)
    assert clock.now() - begin == 12.5


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_of_the_wall_clock_moves_nothing(
    tmp_path: Path, machine: Machine, step: float
) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    begin = clock.now()
    machine.wall += step
    machine.live(10.0)
    assert clock.now() - begin == 10.0
    assert SteadyClock.open(tmp_path, machine.sources).now() == clock.now()


def test_times_for_people_are_right_in_distance_from_now(tmp_path: Path, machine: Machine) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    ends_at = clock.now() + 60.0
    machine.wall += HOUR
    assert clock.to_wall(ends_at) == machine.wall + 60.0
    assert clock.to_wall(5.0) == 5.0 + clock.wall_offset()


def test_it_runs_on_while_the_server_is_down(tmp_path: Path, machine: Machine) -> None:
    begin = SteadyClock.open(tmp_path, machine.sources).now()
    machine.live(HOUR)
    assert SteadyClock.open(tmp_path, machine.sources).now() == pytest.approx(begin + HOUR)


def test_a_reboot_is_bridged_by_the_wall_clock(tmp_path: Path, machine: Machine) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    begin = clock.now()
    machine.live(50.0)
    clock.save()
    machine.live(8.0)  # not saved any more: the power fails
    machine.reboot(down=300.0)
    after = SteadyClock.open(tmp_path, machine.sources)
    assert after.now() == pytest.approx(begin + 358.0)
    machine.live(1.0)
    assert after.now() == pytest.approx(begin + 359.0)


def test_a_wall_clock_that_went_back_over_a_reboot_stops_it_but_never_turns_it(
    tmp_path: Path, machine: Machine
) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    machine.live(50.0)
    clock.save()
    last = clock.now()
    machine.reboot(down=-10 * HOUR)
    assert SteadyClock.open(tmp_path, machine.sources).now() == pytest.approx(last)


def test_a_step_before_the_last_saving_costs_nothing_at_a_reboot(
    tmp_path: Path, machine: Machine
) -> None:
    clock = SteadyClock.open(tmp_path, machine.sources)
    begin = clock.now()
    machine.wall += HOUR
    machine.live(10.0)
    clock.save()
    machine.reboot(down=20.0)
    assert SteadyClock.open(tmp_path, machine.sources).now() == pytest.approx(begin + 30.0)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"boot_id": 1, "offset": "x"}'])
def test_a_damaged_file_costs_only_the_steps(
    tmp_path: Path, machine: Machine, content: str
) -> None:
    (tmp_path / CLOCK_FILE).write_text(content)
    clock = SteadyClock.open(tmp_path, machine.sources)
    assert clock.now() == pytest.approx(machine.wall)
    assert SteadyClock.open(tmp_path, machine.sources).now() == clock.now()


def test_the_real_clock_moves(tmp_path: Path) -> None:
    clock = SteadyClock.open(tmp_path)
    first = clock.now()
    while clock.now() == first:
        pass
    assert clock.now() > first
    assert not (tmp_path / "clock.new").exists()
