"""One server or command at a time in a data directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rollcall.app.data_lock import DataLock, InUseError
from rollcall.app.places import Places


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    with (
        DataLock.take(places, "rollcall serve"),
        pytest.raises(InUseError, match=rf"in use by process {os.getpid()} \(rollcall serve\)"),
    ):
        DataLock.take(places, "a rollcall command", wait=0.0)
    DataLock.take(places, "a rollcall command", wait=0.0).close()


def test_a_child_that_inherited_it_keeps_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    lock = DataLock.take(places, "rollcall serve")
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        pass_fds=(lock.file_number,),
    )
    lock.close()
    with pytest.raises(InUseError):
        DataLock.take(places, "other", wait=0.0)
    child.communicate(b"\n")
    DataLock.take(places, "other", wait=0.0).close()
