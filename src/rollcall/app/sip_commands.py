"""What the SIP process does for the control process: see `rollcall.app.command_socket`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rollcall.app.command_socket import CommandError, Reply
from rollcall.engine.engine import Engine
from rollcall.engine.operation import Step
from rollcall.model.record import AorRecord
from rollcall.registrar.draft import Decision
from rollcall.registrar.endings import kick, remove


class Phones(Protocol):
    """The part of the directory that changes of phones and parameters touch."""

    def invalidate(self, number: str) -> None:
        """Forget one phone."""
        ...


class SipCommands:
    """Works on commands in the SIP process' loop; an answer means that it is durable."""

    def __init__(
        self,
        engine: Engine,
        phones: Phones,
        now: Callable[[], float],
        durable_group: Callable[[], int],
        reload_parameters: Callable[[], None],
        status: Callable[[], Reply],
        close_connection: Callable[[int, str], None],
    ) -> None:
        self._engine = engine
        self._phones = phones
        self._now = now
        self._durable_group = durable_group
        self._reload_parameters = reload_parameters
        self._status = status
        self._close_connection = close_connection

    async def __call__(self, command: str, fields: Mapping[str, Any]) -> Reply:
        """Carry out one command; raises `CommandError` with what was wrong."""
        if command == "status":
            return self._status()
        if command == "kick":
            return await self._kick(fields)
        if command == "phone_changed":
            return await self._phone_changed(fields)
        if command == "parameters_changed":
            self._reload_parameters()
            return {}
        raise CommandError(f"there is no command {command!r}")

    async def _kick(self, fields: Mapping[str, Any]) -> Reply:
        now = self._now()
        aor = str(fields.get("aor", ""))
        if not aor:
            raise CommandError("kick needs an aor")
        binding_ids = fields.get("binding_ids")
        chosen = frozenset(int(number) for number in binding_ids) if binding_ids else None
        contact = fields.get("contact")
        reason = str(fields.get("reason") or "")
        block = fields.get("block_seconds")
        until = None if block is None else (now + float(block) if float(block) > 0 else 0.0)
        ended: list[int] = []
        flows: list[int] = []

        def step(record: AorRecord, when: float) -> Decision:
            decision = kick(
                record,
                when,
                binding_ids=chosen,
                contact=contact,
                reason=reason,
                block_until=until,
            )
            left = {binding.id for binding in decision.record.bindings}
            gone = [binding for binding in record.bindings if binding.id not in left]
            ended[:] = [binding.id for binding in gone]
            flows[:] = [binding.connection for binding in gone if binding.connection]
            return decision

        await self._operate(aor, step, now)
        for connection in flows:
            self._close_connection(connection, "kicked")
        return {"ended": ended, "group": self._durable_group()}

    async def _phone_changed(self, fields: Mapping[str, Any]) -> Reply:
        number = str(fields.get("number", ""))
        self._phones.invalidate(number)
        aor = str(fields.get("aor", ""))
        if not fields.get("end_bindings"):
            return {"group": self._durable_group()}
        if not aor:
            raise CommandError("phone_changed with end_bindings needs an aor")
        why = str(fields.get("why") or "")
        flows: list[int] = []

        def step(record: AorRecord, when: float) -> Decision:
            flows[:] = [binding.connection for binding in record.bindings if binding.connection]
            return remove(record, when, why)

        await self._operate(aor, step, self._now())
        for connection in flows:
            self._close_connection(connection, "phone changed")
        return {"group": self._durable_group()}

    async def _operate(self, aor: str, step: Step, now: float) -> None:
        """Apply a step and wait until it is durable."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def done(error: str) -> None:
            if not future.done():
                future.set_result(error)

        self._engine.operate(aor, step, now, done)
        self._engine.drained(now)
        error = await future
        if error:
            raise CommandError(error)
