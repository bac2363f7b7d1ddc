"""What the repositories share: the transaction they work in, and the box for secrets."""

from sqlalchemy import Connection

from rollcall.storage.secrets import SecretBox


class Repository:
    """Works in one transaction, which whoever opened `connection` commits."""

    def __init__(self, connection: Connection, box: SecretBox) -> None:
        self._connection = connection
        self._box = box
