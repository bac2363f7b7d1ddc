"""The way of a REGISTER: from the bytes of a datagram to the answer that leaves.

    receive -> admit -> parse -> preconditions -> phone (parked until read) -> authenticate
            -> decide -> group -> durable -> answer

One way in, one way out. Everything runs in one thread; time is an argument.
"""

from collections.abc import Callable, Sequence
from math import inf

from rollcall.engine.answering import RETRY_AFTER_STORAGE, Answerer, Asked, WallClock, fingerprint
from rollcall.engine.edges import TrustedEdges
from rollcall.engine.group import GroupCommit, Later
from rollcall.engine.operation import Operation, Step
from rollcall.engine.parking import ParkingLot
from rollcall.engine.refusal_log import RefusalLog
from rollcall.engine.registering import Registering
from rollcall.guard.admission import Admission
from rollcall.guard.authentication import Authenticator, Granted
from rollcall.model.event import Event, EventKind
from rollcall.model.phone import Phone, Policy
from rollcall.model.ports import Directory, Endpoint, Location, UnreadableError
from rollcall.model.record import AorRecord
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.endings import connection_lost, expire, flow_lost_at_restart
from rollcall.registrar.request import Domains, permission, preconditions
from rollcall.sip.errors import ParseError, SipError
from rollcall.sip.grammar import MAX_VALUES
from rollcall.sip.hidden_password import hide_password
from rollcall.sip.message import Request, parse

ALLOWED_METHODS = "REGISTER, OPTIONS"

EXPIRED_PER_TICK = 500
"""AORs looked at in one tick: 10 ms of work, so that answers are not kept waiting."""

MAX_NUMBER = 128
"""Characters of a number that is looked up: twice the longest that can be provisioned. Longer ones
nobody has, and a stranger who invents them must not fill the tables of what was looked up."""

_REASONS: dict[int, Reason] = {
    416: Reason.UNSUPPORTED_SCHEME,
    420: Reason.UNSUPPORTED_EXTENSION,
    505: Reason.VERSION_NOT_SUPPORTED,
    513: Reason.MESSAGE_TOO_LARGE,
}


class Engine:
    """Drives parsing, guarding, deciding and storing for one SIP process."""

    def __init__(
        self,
        *,
        location: Location,
        directory: Directory,
        admission: Admission,
        authenticator: Authenticator,
        domains: Domains,
        serial: int,
        to_wall: WallClock,
        to_tag_key: bytes,
        edges: TrustedEdges | None = None,
        later: Later | None = None,
    ) -> None:
        """Join the parts.

        `serial` is the first binding id to give out; `later` lets groups of writes rest.
        """
        self.location = location
        self.directory = directory
        self.admission = admission
        self.authenticator = authenticator
        self.domains = domains
        self.group = GroupCommit(location, later)
        self.answerer = Answerer(to_tag_key, to_wall)
        self.refusals = RefusalLog()
        self.parking = ParkingLot(directory)
        self.received = 0
        self.unanswerable = 0
        self.flows: dict[int, set[str]] = {}
        self._parked: dict[int, list[Asked]] = {}
        self._serial = serial
        self._edges = edges

    # -- what transport calls

    def receive(self, data: bytes, endpoint: Endpoint, host: str, port: int, now: float) -> None:
        """Take one datagram or one framed message that came from `host:port`."""
        self.received += 1
        if not self.admission.admit(host, now):
            self._limited(endpoint, host, port, now)
            return
        try:
            message = parse(data)
        except ParseError as error:
            self._malformed(error, endpoint, host, port, now)
            return
        except SipError:
            self.unanswerable += 1
            return
        if not isinstance(message, Request):
            self.unanswerable += 1  # a response: nothing of ours is waiting for one yet
            return
        asked = Asked(message, endpoint, host, port, now)
        try:
            if self._edges is not None:
                asked.source_host, asked.source_port = self._edges.source(message, host, port)
            if message.method == "REGISTER":
                self._register(asked)
            else:
                self._other_method(asked)
        except ParseError as error:
            self._refuse_parse(asked, error)

    def drained(self, now: float) -> None:  # noqa: ARG002  the same shape as its neighbours
        """Write what has gathered; transport calls it when a socket has no more to read."""
        self.group.flush()

    def connection_lost(self, endpoint: Endpoint, now: float) -> None:
        """Mark the bindings that hang on a stream connection as unreachable."""
        connection = endpoint.connection
        for asked in self._parked.pop(connection, ()):
            asked.gone = True
        for aor in self.flows.pop(connection, ()):
            grace = self._policy_of(aor).stream_grace
            self.operate(aor, _losing(connection, grace), now)
        self.group.flush()

    def tick(self, now: float) -> None:
        """End what is over by `now` and write refusals; call it some times a second."""
        for aor in self.location.due(now, EXPIRED_PER_TICK):
            self.operate(aor, expire, now, postpone=True)
        events = self.refusals.take(now)
        if events:
            self.group.tell(events)
        self.group.flush()

    # -- what operators ask for

    def operate(
        self,
        aor: str,
        step: Step,
        now: float,
        done: Callable[[str], None] | None = None,
        postpone: bool = False,
    ) -> None:
        """Apply `step(record, now)` to the record of `aor`; `done(error)` once it is durable."""
        Operation(self.group, self.location, aor, step, now, done, postpone).run()

    def flows_lost_at_restart(
        self, aors: Sequence[str], now: float, first_connection: float = inf
    ) -> None:
        """Mark bindings whose stream connections a restart has closed.

        Connections since then are numbered from `first_connection` on.
        """
        for aor in aors:
            grace = self._policy_of(aor).stream_grace
            self.operate(aor, _restarted(grace, first_connection), now)
        self.group.flush()

    # -- the steps of a REGISTER

    def _register(self, asked: Asked) -> None:
        number = preconditions(asked.message, self.domains)
        if isinstance(number, Refusal):
            self.refuse(asked, number, "")
            return
        user = self.authenticator.number(asked.message)
        phone = self.directory.cached(user)
        if phone is None and len(user) <= MAX_NUMBER and not self.directory.missing(user):
            self._park(asked, number, user)
            return
        self.authenticate(asked, number, user, phone)

    def _park(self, asked: Asked, number: str, user: str) -> None:
        connection = asked.endpoint.connection
        if connection:
            self._parked.setdefault(connection, []).append(asked)
        parked = self.parking.park(
            user, lambda loaded, error: self._loaded(asked, number, user, loaded, error)
        )
        if connection and not parked:
            self._unpark(asked)

    def _loaded(
        self, asked: Asked, number: str, user: str, phone: Phone | None, error: str
    ) -> None:
        if asked.endpoint.connection:
            if asked.gone:
                return
            self._unpark(asked)
        if error:
            headers = (("Retry-After", str(RETRY_AFTER_STORAGE)),)
            self.refuse(asked, Refusal(Reason.DIRECTORY_UNAVAILABLE, error, headers), number)
            return
        try:
            self.authenticate(asked, number, user, phone)
        except ParseError as parse_error:
            self._refuse_parse(asked, parse_error)

    def _unpark(self, asked: Asked) -> None:
        connection = asked.endpoint.connection
        parked = self._parked[connection]
        parked.remove(asked)
        if not parked:
            del self._parked[connection]

    def authenticate(
        self, asked: Asked, number: str, user: str, phone: Phone | None, attempts: int = 0
    ) -> None:
        """Check the credentials of `user` for the AOR of `number`, then decide."""
        record = None
        if phone is not None:
            try:
                record = self.group.read(phone.aor) or AorRecord(phone.aor)
            except UnreadableError as error:
                headers = (("Retry-After", str(RETRY_AFTER_STORAGE)),)
                self.refuse(asked, Refusal(Reason.STORAGE_FAILED, str(error), headers), user)
                return
        outcome = self.authenticator.authenticate(
            asked.message,
            user,
            phone,
            record.nonces if record is not None else (),
            fingerprint(asked.message),
            asked.source_host,
            asked.source_port,
            asked.now,
            self.directory.algorithm_orders(),
        )
        if not isinstance(outcome, Granted):
            self.refuse(asked, outcome.refusal, user)
            return
        if phone is None or record is None:
            raise RuntimeError("the guard let an unknown number in")
        serial = self._serial
        registering = Registering(self, asked, phone, number, serial, attempts)
        foreign = permission(user, number)
        if foreign is not None:
            registering.refuse(record, outcome.nonces, foreign)
            return
        lines = asked.message.lines("contact")
        self._serial += 1 if len(lines) == 1 and "," not in lines[0] else MAX_VALUES
        registering.decide(record, outcome.nonces)

    # -- refusing

    def refuse(self, asked: Asked, refusal: Refusal, number: str) -> None:
        """Answer with a refusal at once and remember why."""
        self.note_refusal(asked, refusal, number)
        reason = refusal.reason
        self.answerer.answer(asked, reason.status, refusal.phrase or reason.phrase, refusal.headers)

    def note_refusal(self, asked: Asked, refusal: Refusal, number: str) -> None:
        """Count a refusal and keep it as an event."""
        message = asked.message
        self.refusals.add(
            refusal.reason,
            Event(
                kind=EventKind.REFUSED.value,
                at=asked.now,
                aor=number[:MAX_NUMBER],
                contact=hide_password(message.first("contact") or "")[:256],
                source_host=asked.source_host,
                source_port=asked.source_port,
                transport=asked.endpoint.transport,
                user_agent=message.user_agent[:128],
                call_id=message.call_id[:128],
                reason=refusal.reason.value,
                detail=hide_password(refusal.detail)[:256],
            ),
        )

    def _limited(self, endpoint: Endpoint, host: str, port: int, now: float) -> None:
        self.refusals.add(
            Reason.RATE_LIMITED,
            Event(
                kind=EventKind.REFUSED.value,
                at=now,
                source_host=host,
                source_port=port,
                transport=endpoint.transport,
                reason=Reason.RATE_LIMITED.value,
            ),
        )

    def _malformed(
        self, error: ParseError, endpoint: Endpoint, host: str, port: int, now: float
    ) -> None:
        if error.message is None:
            self.unanswerable += 1
            return
        self._refuse_parse(Asked(error.message, endpoint, host, port, now), error)

    def _refuse_parse(self, asked: Asked, error: ParseError) -> None:
        reason = _REASONS.get(error.status, Reason.BAD_REQUEST)
        self.note_refusal(asked, Refusal(reason, error.reason), "")
        if asked.message.method != "ACK":
            self.answerer.answer(asked, error.status, error.reason)

    def _other_method(self, asked: Asked) -> None:
        method = asked.message.method
        if method == "ACK":
            self.unanswerable += 1
        elif method == "OPTIONS":
            self.answerer.answer(asked, 200, None, (("Allow", ALLOWED_METHODS),))
        elif method == "CANCEL":
            # What it would cancel is answered at once, so it comes too late (section 9.2).
            self.refuse(asked, Refusal(Reason.NOTHING_TO_CANCEL), "")
        else:
            refusal = Refusal(Reason.METHOD_NOT_ALLOWED, method[:32], (("Allow", ALLOWED_METHODS),))
            self.refuse(asked, refusal, "")

    def _policy_of(self, aor: str) -> Policy:
        number = aor.partition(":")[2].rpartition("@")[0]
        phone = self.directory.cached(number)
        return phone.policy if phone is not None else self.directory.default_policy()


def _losing(connection: int, grace: float) -> Step:
    return lambda record, now: connection_lost(record, connection, now, grace)


def _restarted(grace: float, first_connection: float) -> Step:
    return lambda record, now: flow_lost_at_restart(record, now, grace, first_connection)
