"""One authenticated REGISTER on its way from the decision to the answer."""

from typing import TYPE_CHECKING

from rollcall.engine.answering import (
    RETRY_AFTER_CONFLICT,
    RETRY_AFTER_STORAGE,
    SERVER_HEADER,
    Asked,
)
from rollcall.engine.operation import MAX_ATTEMPTS
from rollcall.model.phone import Phone
from rollcall.model.record import AorRecord, NonceUse
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.decision import Decision, decide
from rollcall.registrar.plain_refresh import plain_refresh
from rollcall.registrar.request import read_register

if TYPE_CHECKING:
    from rollcall.engine.engine import Engine


class Registering:
    """Decides, then waits for its group; sends the answer when that is durable."""

    __slots__ = ("_answer", "_asked", "_attempts", "_engine", "_number", "_phone", "_refusal",
                 "_serial", "_status", "aor")  # fmt: skip

    def __init__(
        self,
        engine: "Engine",
        asked: Asked,
        phone: Phone,
        number: str,
        serial: int,
        attempts: int,
    ) -> None:
        self.aor = phone.aor
        self._engine = engine
        self._asked = asked
        self._phone = phone
        self._number = number
        self._serial = serial
        self._attempts = attempts
        self._answer = b""
        self._status = 200
        self._refusal: Refusal | None = None

    def decide(self, record: AorRecord, nonces: tuple[NonceUse, ...]) -> None:
        """Make the next record from `record` and wait until it is durable."""
        asked = self._asked
        endpoint = asked.endpoint
        plain = plain_refresh(
            record,
            asked.message,
            endpoint,
            asked.source_host,
            asked.source_port,
            nonces,
            self._phone.policy,
            asked.now,
        )
        if plain is not None:
            self._grant(record, plain)
            return
        request = read_register(
            asked.message,
            aor=self.aor,
            source_host=asked.source_host,
            source_port=asked.source_port,
            transport=endpoint.transport,
            local=endpoint.local,
            serial=self._serial,
            connection=endpoint.connection,
            nonces=nonces,
        )
        if isinstance(request, Refusal):
            self.refuse(record, nonces, request)
            return
        decision = decide(record, request, self._phone.policy, asked.now)
        if isinstance(decision, Refusal):
            self.refuse(record, nonces, decision)
            return
        self._grant(record, decision)

    def _grant(self, record: AorRecord, decision: Decision) -> None:
        """Wait with a 200 until what it promises is durable."""
        engine = self._engine
        asked = self._asked
        self._status = 200
        self._refusal = None
        date = engine.answerer.date(asked.now)
        self._answer = engine.answerer.build(
            asked, 200, None, (*decision.headers, date, SERVER_HEADER)
        )
        if decision.record is record:
            engine.group.join(self)
        else:
            engine.group.change(
                self, decision.record, record.version, decision.events, decision.plain
            )
            self._ride(asked)

    def _ride(self, asked: Asked) -> None:
        connection = asked.endpoint.connection
        if connection:
            self._engine.flows.setdefault(connection, set()).add(self.aor)

    def refuse(self, record: AorRecord, nonces: tuple[NonceUse, ...], refusal: Refusal) -> None:
        """Answer no. The nonce was used all the same, and that must be durable too."""
        self._refusal = refusal
        reason = refusal.reason
        self._status = reason.status
        headers = (*refusal.headers, SERVER_HEADER)
        self._answer = self._engine.answerer.build(
            self._asked, reason.status, refusal.phrase or reason.phrase, headers
        )
        if nonces == record.nonces:
            self._engine.group.join(self)
            return
        used = AorRecord(
            record.aor,
            record.version + 1,
            record.bindings,
            record.tombstones,
            nonces,
            record.blocked_until,
        )
        self._engine.group.change(self, used, record.version, (), plain=True)

    def release(self) -> None:
        """What was decided is durable: answer."""
        if self._refusal is not None:
            self._engine.note_refusal(self._asked, self._refusal, self._phone.number)
        self._engine.answerer.send(self._asked, self._answer, self._status)

    def fail(self, error: str) -> None:
        """The disk refused; nothing is acknowledged."""
        headers = (("Retry-After", str(RETRY_AFTER_STORAGE)),)
        refusal = Refusal(Reason.STORAGE_FAILED, error, headers)
        self._engine.refuse(self._asked, refusal, self._phone.number)

    def again(self) -> None:
        """Another change of the same AOR came first: authenticate and decide anew."""
        if self._attempts + 1 >= MAX_ATTEMPTS:
            headers = (("Retry-After", str(RETRY_AFTER_CONFLICT)),)
            self._engine.refuse(
                self._asked, Refusal(Reason.CONFLICT, "", headers), self._phone.number
            )
            return
        self._engine.authenticate(
            self._asked, self._number, self._phone.number, self._phone, self._attempts + 1
        )
