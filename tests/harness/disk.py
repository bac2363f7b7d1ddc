"""A folder on a real disk: durability on a tmpfs would prove nothing."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}


def file_system(path: Path) -> str:
    """Type of the file system that `path` is on, as statfs(2) has it."""
    done = subprocess.run(
        ["stat", "--file-system", "--format=%T", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A new folder, not on tmpfs, with a path short enough for sockets; removed at the end.

    Raises AssertionError when neither /tmp nor /var/tmp is on a disk.
    """
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp")):
        if file_system(parent) not in MEMORY_FILE_SYSTEMS:
            with tempfile.TemporaryDirectory(prefix="rollcall-", dir=parent) as folder:
                yield Path(folder)
            return
    raise AssertionError("no folder on a disk found: /tmp and /var/tmp are in memory")
