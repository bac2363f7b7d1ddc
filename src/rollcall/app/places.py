"""Where things lie in the data directory, and how it is found. Imports next to nothing.

The command line starts here, so this module must stay quick to import.
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

DEFAULT_DATA_DIR = Path("data")
"""Under the current directory, which is what `make run` uses. A service sets
ROLLCALL_DATA_DIR."""

CONFIGURATION_FILES = (Path("rollcall.toml"), Path("/etc/rollcall/rollcall.toml"))
"""Looked for in this order when no file is named."""

SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket: sun_path of unix(7) has 108 bytes with its final NUL."""


class DataDirError(Exception):
    """The data directory cannot be used; the message is one clear line."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one data directory (mode 0700)."""

    data_dir: Path

    @property
    def database(self) -> Path:
        """Phones, accounts, the queryable copy of the bindings, history, users, audit."""
        return self.data_dir / "rollcall.db"

    @property
    def journal(self) -> Path:
        """Folder of the journal's segments."""
        return self.data_dir / "journal"

    @property
    def clock(self) -> Path:
        """What `SteadyClock` needs to go on after a restart."""
        return self.data_dir / "clock.json"

    @property
    def keys(self) -> Path:
        """Folder of the key files (mode 0700)."""
        return self.data_dir / "keys"

    @property
    def secrets_key(self) -> Path:
        """The key under which passwords are kept."""
        return self.keys / "secrets.key"

    @property
    def nonce_key(self) -> Path:
        """The key of the nonces' MACs."""
        return self.keys / "nonce.key"

    @property
    def admin_socket(self) -> Path:
        """REST for the command line; whoever may open it is the administrator."""
        return self.data_dir / "admin.sock"

    @property
    def command_socket(self) -> Path:
        """Commands from the control process to the SIP process."""
        return self.data_dir / "command.sock"

    @property
    def lock(self) -> Path:
        """Held by the one server or command that uses the directory."""
        return self.data_dir / "lock"

    def create(self) -> None:
        """Make the directory with its folders; raises `DataDirError`."""
        longest = len(os.fsencode(str(self.command_socket.absolute())))
        if longest > SOCKET_PATH_LIMIT:
            raise DataDirError(
                f"data_dir: '{self.data_dir}' is not allowed; allowed: a path short enough for "
                f"sockets in it ({longest - SOCKET_PATH_LIMIT} characters shorter)"
            )
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.keys.mkdir(mode=0o700, exist_ok=True)
            self.journal.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise DataDirError(
                f"data directory {self.data_dir} cannot be made: {error.strerror}"
            ) from error
        if not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise DataDirError(f"data directory {self.data_dir} may not be written by this user")


def find_configuration(option: Path | None = None) -> Path | None:
    """The configuration file to read: the one named, else the first that exists."""
    if option is not None:
        return option
    named = os.environ.get("ROLLCALL_CONFIG")
    if named:
        return Path(named)
    return next((path for path in CONFIGURATION_FILES if path.is_file()), None)


def find_data_dir(option: Path | None = None, configuration: Path | None = None) -> Path:
    """The data directory, without reading the rest of the configuration.

    Option, then ROLLCALL_DATA_DIR, then `data_dir` of the configuration file, then the
    default. A file that cannot be read counts as silent here; the server complains about it.
    """
    if option is not None:
        return option
    named = os.environ.get("ROLLCALL_DATA_DIR")
    if named:
        return Path(named)
    path = find_configuration(configuration)
    if path is not None:
        try:
            value = tomllib.loads(path.read_text(encoding="utf-8")).get("data_dir")
        except (OSError, ValueError):
            value = None
        if isinstance(value, str) and value:
            return Path(value)
    return DEFAULT_DATA_DIR
