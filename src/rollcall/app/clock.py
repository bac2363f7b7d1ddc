"""Steady time: seconds that only go forward, across wall-clock steps and restarts.

All times in records and events are steady seconds. While a machine runs they are
CLOCK_BOOTTIME plus an offset; whatever happens to the wall clock, an hour stays an hour, and
a machine that sleeps goes on counting. DATA_DIR/clock.json keeps the offset, so that the
time runs on across restarts of the server. After a boot CLOCK_BOOTTIME starts anew; then the
wall clock bridges the gap, never backwards.

A fresh directory starts at the wall clock's seconds since 1970. Nothing may rely on that,
but a lost clock.json then costs no more than the steps the wall clock made since.

For people a time becomes `wall_now - steady_now + t`: always right in distance from now.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

CLOCK_FILE = "clock.json"

_log = structlog.get_logger(__name__)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class ClockSources:
    """Where a `SteadyClock` reads its times; tests put their own in."""

    since_boot: Callable[[], float] = _since_boot
    wall: Callable[[], float] = time.time
    boot_id: Callable[[], str] = _boot_id


REAL = ClockSources()


class SteadyClock:
    """Steady seconds of one data directory."""

    __slots__ = ("_file", "_offset", "_since_boot", "_sources")

    def __init__(self, file: Path | None, offset: float, sources: ClockSources = REAL) -> None:
        self._file = file
        self._offset = offset
        self._sources = sources
        self._since_boot = sources.since_boot

    @classmethod
    def open(cls, data_dir: Path, sources: ClockSources = REAL) -> Self:
        """The clock of `data_dir`, going on where it stood.

        Writes clock.json when there is none or the machine was booted since; a child of the
        server therefore only reads what the server has written.
        """
        file = data_dir / CLOCK_FILE
        kept = _read(file)
        if kept is not None and kept.boot_id == sources.boot_id():
            return cls(file, kept.offset, sources)
        wall = sources.wall()
        steady = wall if kept is None else kept.last_steady + max(0.0, wall - kept.last_wall)
        clock = cls(file, steady - sources.since_boot(), sources)
        clock.save()
        return clock

    def now(self) -> float:
        """Steady seconds now."""
        return self._since_boot() + self._offset

    def wall_offset(self) -> float:
        """What to add to steady seconds for seconds since 1970 (UTC)."""
        return self._sources.wall() - self.now()

    def to_wall(self, steady: float) -> float:
        """Seconds since 1970 (UTC) of a steady time, by the wall clock of now."""
        return steady + self.wall_offset()

    def save(self) -> None:
        """Note how steady and wall time stand, for the next boot; only one process does it.

        The file is replaced as a whole, so a crash leaves the old or the new one.
        """
        if self._file is None:
            return
        kept = {
            "boot_id": self._sources.boot_id(),
            "offset": self._offset,
            "last_steady": self.now(),
            "last_wall": self._sources.wall(),
        }
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="ascii") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)


@dataclass(frozen=True, slots=True)
class _Kept:
    boot_id: str
    offset: float
    last_steady: float
    last_wall: float


def _read(file: Path) -> _Kept | None:
    """What clock.json says; None when there is none, or nothing sensible in it."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
        return _Kept(
            boot_id=str(kept["boot_id"]),
            offset=float(kept["offset"]),
            last_steady=float(kept["last_steady"]),
            last_wall=float(kept["last_wall"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        _log.warning(
            "clock file unreadable, going on by the wall clock", file=str(file), error=str(error)
        )
        return None
