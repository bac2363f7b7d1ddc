"""What can go wrong with what is kept.

    StorageError
      JournalError           the journal cannot be used as it is
        JournalCorruptError  acknowledged data is damaged: names the file and the offset
        JournalGapError      what a follower still needs is not there any more
      DatabaseError          rollcall.db cannot be used as it is
        DatabaseTooNewError  written by a newer rollcall
      SecretError            secrets cannot be read
        KeyMissingError      there are secrets, but their key file is gone
        KeyMismatchError     the key file is not the one the secrets were written with
      BackupError            a backup cannot be written, or is not one

Every text is one line for an operator: what is wrong, with which file or name, what to do.
"""


class StorageError(Exception):
    """Root of the tree."""


class JournalError(StorageError):
    """The journal cannot be used as it is."""


class JournalCorruptError(JournalError):
    """Data that was acknowledged is damaged."""

    def __init__(self, path: str, offset: int, why: str) -> None:
        super().__init__(
            f"journal damaged: {path} at byte {offset}: {why}; restore a backup, or start with"
            " --force to give up what was registered from there on (phones come back by themselves)"
        )
        self.path = path
        self.offset = offset


class JournalGapError(JournalError):
    """A part of the journal that is still needed is missing."""


class DatabaseError(StorageError):
    """The database cannot be used as it is."""


class DatabaseTooNewError(DatabaseError):
    """The database was written by a newer rollcall."""


class SecretError(StorageError):
    """Secrets cannot be read."""


class KeyMissingError(SecretError):
    """There are secrets, but the file with their key is gone."""


class KeyMismatchError(SecretError):
    """The key file is not the one the secrets were written with."""


class BackupError(StorageError):
    """A backup cannot be written, or a file is not a backup that can be restored."""
