"""A backup of the data directory, in a file that the API sends and removes."""

import os
import tempfile
from pathlib import Path

from rollcall.app.control_data import ControlData
from rollcall.storage.backup import write_backup

PREFIX = ".backup-"
"""Begin of the files' names; one that a crash left behind is removed at the next start."""


def make_backup(data: ControlData) -> Path:
    """A fresh backup beside the data, readable for its owner only.

    Raises `StorageError` and `OSError`.
    """
    folder = data.places.data_dir
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=".tar", dir=folder)
    os.close(descriptor)
    file = Path(name)
    try:
        write_backup(folder, file)
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return file


def remove_left_over(folder: Path) -> None:
    """Remove backups that nobody fetched before a crash."""
    for file in folder.glob(f"{PREFIX}*"):
        file.unlink(missing_ok=True)
