"""Everything the control side changes, in one transaction of rollcall.db."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from rollcall.storage.phone_repository import PhoneRepository
from rollcall.storage.secrets import SecretBox
from rollcall.storage.system_repository import SystemRepository


class SqlRepositories(PhoneRepository, SystemRepository):
    """`rollcall.model.administration_ports.Repositories` on a connection with a transaction."""


@contextmanager
def open_repositories(engine: Engine, box: SecretBox) -> Iterator[SqlRepositories]:
    """Open a write transaction; it commits at the end of the block, or not at all."""
    with engine.begin() as connection:
        yield SqlRepositories(connection, box)
