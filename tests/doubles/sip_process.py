"""A SIP process that only remembers what it was told."""

from collections.abc import Mapping
from typing import Any

from rollcall.app.command_socket import CommandError, Reply


class FakeSipProcess:
    """A handler for `CommandServer`: answers, remembers, and refuses when told to."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.refusing = ""
        self.status: Reply = {"ready": True, "listeners": ["udp://127.0.0.1:5060"]}

    async def __call__(self, command: str, fields: Mapping[str, Any]) -> Reply:
        """Work on one command."""
        if command == "status":
            return self.status
        if self.refusing:
            raise CommandError(self.refusing)
        self.commands.append((command, dict(fields)))
        return {}

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """The commands since the last time, in order."""
        taken, self.commands = self.commands, []
        return taken
