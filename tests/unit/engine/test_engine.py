"""The way of a REGISTER, with a store that answers when the test says so."""

import pytest

from doubles.device import Answer, Device
from doubles.directory import REALM, DictionaryDirectory, make_phone
from doubles.location import HeldLocation
from rollcall.engine.engine import MAX_NUMBER, Engine
from rollcall.guard.admission import Admission
from rollcall.guard.authentication import Authenticator
from rollcall.guard.nonce import NonceMint
from rollcall.model.phone import Policy
from rollcall.model.ports import UnreadableError
from rollcall.model.record import AorRecord
from rollcall.registrar.endings import kick
from rollcall.registrar.request import Domains

KEY = b"0123456789abcdef0123456789abcdef"
START = 1_000_000.0
AOR = f"sip:1001@{REALM}"
NAT = ("203.0.113.5", 40_000)


class Wire:
    """An endpoint that keeps what is sent."""

    def __init__(self, transport: str = "udp", connection: int = 0) -> None:
        self.transport = transport
        self.local = "198.51.100.1:5060"
        self.connection = connection
        self.sent: list[tuple[bytes, str, int]] = []

    def send(self, data: bytes, host: str, port: int) -> None:
        self.sent.append((data, host, port))

    def close(self, reason: str) -> None:
        raise AssertionError(f"nobody asked to close: {reason}")

    def answers(self) -> list[Answer]:
        """Give and forget what was sent."""
        sent, self.sent = self.sent, []
        return [Answer.read(data) for data, _, _ in sent]


class House:
    """An engine with its surroundings."""

    def __init__(self, *numbers: str, policy: Policy | None = None) -> None:
        self.location = HeldLocation()
        self.directory = DictionaryDirectory(*(make_phone(number, policy) for number in numbers))
        self.engine = Engine(
            location=self.location,
            directory=self.directory,
            admission=Admission(),
            authenticator=Authenticator(NonceMint(KEY, 300.0), REALM, KEY),
            domains=Domains(),
            serial=1,
            to_wall=lambda steady: steady,
            to_tag_key=KEY,
        )
        self.wire = Wire()
        self.now = START

    def say(self, data: bytes, device: Device, wire: Wire | None = None) -> None:
        self.engine.receive(data, wire or self.wire, device.host, device.port, self.now)
        self.engine.drained(self.now)

    def ask(self, data: bytes, device: Device) -> Answer:
        """Send and give the answer, letting the store do its work."""
        self.say(data, device)
        if self.location.under_way:
            self.location.finish()
        (answer,) = self.wire.answers()
        return answer

    def challenge(self, device: Device) -> None:
        answer = self.ask(device.register(), device)
        assert answer.status == 401
        device.challenged(answer)

    def events(self) -> list[str]:
        return [
            event.kind for batch in self.location.batches for change in batch
            for event in change.events
        ]  # fmt: skip


def test_register_is_challenged_then_granted() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    answer = house.ask(phone.register(), phone)
    assert answer.status == 200
    assert answer.one("Contact") == f"{phone.contact};expires=3600"
    assert answer.one("Date") == "Mon, 12 Jan 1970 13:46:40 GMT"
    assert house.events() == ["registered"]


def test_200_does_not_leave_before_its_group_is_durable() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.say(phone.register(), phone)
    assert house.location.under_way
    assert house.wire.sent == []
    house.location.finish()
    assert [answer.status for answer in house.wire.answers()] == [200]


def test_retransmission_joins_the_pending_answer_and_gets_the_same() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    register = phone.register()
    house.say(register, phone)
    house.say(register, phone)
    assert house.wire.sent == []
    house.location.finish()
    first, second = house.wire.sent
    assert first == second
    assert len(house.location.batches) == 1


def test_late_retransmission_is_answered_alike_with_the_expiry_counted_down() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    register = phone.register()
    first = house.ask(register, phone)
    house.now += 10
    second = house.ask(register, phone)
    assert second.status == 200
    assert first.one("To") == second.one("To")
    assert second.one("Contact").endswith(";expires=3590")
    assert len(house.location.batches) == 1, "nothing is written for it"


def test_fetch_waits_for_the_change_it_has_seen() -> None:
    house = House("1001")
    phone = Device("1001")
    other = Device("1001", host="192.0.2.11", call_id="other")
    house.challenge(phone)
    house.challenge(other)
    house.say(phone.register(), phone)
    house.say(other.register("", expires=None), other)
    assert house.wire.sent == []
    house.location.finish()
    house.location.finish()
    answers = house.wire.answers()
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[1].one("Contact").startswith(phone.contact)


def test_full_disk_is_500_with_retry_after_and_nothing_is_bound() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.say(phone.register(), phone)
    house.location.finish(error="no space left on device")
    (answer,) = house.wire.answers()
    assert (answer.status, answer.reason) == (500, "Storage Unavailable")
    assert int(answer.one("Retry-After")) > 0
    assert house.location.read(AOR) is None
    again = house.ask(phone.register(), phone)
    assert again.status == 200, "it recovers by itself"


def test_conflict_is_decided_again() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.ask(phone.register(), phone)
    house.say(phone.register(), phone)
    current = house.location.records[AOR]
    house.location.records[AOR] = kick(current, house.now).record  # somebody else was faster
    house.location.finish()
    assert house.wire.sent == []
    house.location.finish()
    (answer,) = house.wire.answers()
    assert answer.status == 200
    assert house.location.records[AOR].version > current.version + 1


def test_three_conflicts_are_500_with_retry_after() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.ask(phone.register(), phone)
    house.say(phone.register(), phone)
    for _ in range(3):
        current = house.location.records[AOR]
        house.location.records[AOR] = type(current)(
            current.aor, current.version + 100, current.bindings, (), current.nonces
        )
        house.location.finish()
    (answer,) = house.wire.answers()
    assert (answer.status, answer.reason) == (500, "Busy With The Same Address")
    assert int(answer.one("Retry-After")) > 0


def test_lost_reply_of_the_store_is_read_back() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.say(phone.register(), phone)
    house.location.finish(unknown=True)
    (answer,) = house.wire.answers()
    assert answer.status == 200


def test_replay_with_another_contact_is_not_taken_for_a_retransmission() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    register = phone.register()
    assert house.ask(register, phone).status == 200
    stolen = register.replace(b"@192.0.2.10:5060>", b"@203.0.113.66:5060>")
    answer = house.ask(stolen, phone)
    assert answer.status == 401
    assert "stale=true" in answer.all("WWW-Authenticate")[0]
    record = house.location.read(AOR)
    assert record is not None
    assert [binding.contact for binding in record.bindings] == [phone.contact]


def test_nonce_of_a_refused_request_is_used_up_too() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    register = phone.register(expires=5)
    assert house.ask(register, phone).status == 423
    stolen = register.replace(b"Expires: 5", b"Expires: 3600")
    assert house.ask(stolen, phone).status == 401


def test_phone_that_is_not_loaded_yet_waits_for_the_directory() -> None:
    house = House("1001")
    phone = Device("1001")
    house.directory.slow.add("1001")
    house.say(phone.register(), phone)
    assert house.wire.sent == []
    house.directory.finish_loading()
    assert [answer.status for answer in house.wire.answers()] == [401]


def test_directory_that_cannot_be_read_is_503() -> None:
    house = House("1001")
    phone = Device("1001")
    house.directory.slow.add("1001")
    house.say(phone.register(), phone)
    house.directory.finish_loading(error="disk I/O error")
    (answer,) = house.wire.answers()
    assert (answer.status, answer.reason) == (503, "Directory Unavailable")


def test_number_too_long_to_be_anybodys_is_not_looked_up() -> None:
    house = House()
    phone = Device("9" * (MAX_NUMBER + 1))
    house.directory.slow.add(phone.number)
    assert house.ask(phone.register(), phone).status == 401, "not parked"
    house.challenge(phone)
    house.ask(phone.register(), phone)
    (event,) = house.engine.refusals.take(house.now)
    assert event.aor == "9" * MAX_NUMBER


def test_connection_lost_while_parked_binds_nobody() -> None:
    house = House("1001")
    phone = Device("1001", transport="TCP")
    house.challenge(phone)
    first, second = Wire("tcp", connection=1), Wire("tcp", connection=2)
    house.directory.slow.add("1001")
    house.say(phone.register(), phone, first)
    house.engine.connection_lost(first, house.now)
    house.say(phone.register(), phone, second)
    house.directory.finish_loading()
    house.engine.drained(house.now)
    house.location.finish()
    assert first.sent == []
    assert [answer.status for answer in second.answers()] == [200]
    assert list(house.engine.flows) == [2]


def test_credentials_of_another_number_are_403() -> None:
    house = House("1001", "1002")
    phone = Device("1001")
    house.challenge(phone)
    data = phone.register().replace(b"To: <sip:1001@", b"To: <sip:1002@")
    answer = house.ask(data, phone)
    assert (answer.status, answer.reason) == (403, "Not Allowed For This Address")
    stolen = data.replace(b"<sip:1002@", b"<sip:1001@").replace(
        b"Contact: <", b"Contact: <sip:x@y>, <"
    )
    assert house.ask(stolen, phone).status == 401, "its nonce was used up"


def test_unknown_number_and_wrong_password_get_the_same_bytes() -> None:
    house = House("1001")
    answers = []
    for number in ("1001", "1002"):
        phone = Device(number, password="wrong", call_id="same")
        house.challenge(phone)
        data = phone.register()
        house.say(data, phone)
        ((sent, _, _),) = house.wire.sent
        house.wire.sent.clear()
        answers.append(sent.replace(number.encode(), b"NNNN"))
    first, second = (Answer.read(data) for data in answers)
    assert first.status == second.status == 401
    assert [name for name, _ in first.headers] == [name for name, _ in second.headers]
    assert len(answers[0]) == len(answers[1])


@pytest.mark.rfc("3261", "18.2.2")
def test_answer_without_rport_goes_to_the_port_of_the_via() -> None:
    house = House("1001")
    phone = Device("1001", port=5070)
    data = phone.register().replace(b";rport", b"")
    house.engine.receive(data, house.wire, phone.host, 40_000, house.now)
    ((_, host, port),) = house.wire.sent
    assert (host, port) == (phone.host, 5070)


@pytest.mark.rfc("3581", "4")
def test_answer_with_rport_goes_to_the_source_port() -> None:
    house = House("1001")
    phone = Device("1001", port=5070)
    house.engine.receive(phone.register(), house.wire, "203.0.113.5", 40_000, house.now)
    ((data, host, port),) = house.wire.sent
    assert (host, port) == ("203.0.113.5", 40_000)
    via = Answer.read(data).one("Via")
    assert ";rport=40000" in via
    assert ";received=203.0.113.5" in via


@pytest.mark.rfc("3261", "8.2.1")
def test_unknown_method_is_405_with_allow() -> None:
    house = House()
    phone = Device("1001")
    data = phone.register().replace(b"REGISTER", b"PUBLISH")
    answer = house.ask(data, phone)
    assert answer.status == 405
    assert "REGISTER" in answer.one("Allow")


@pytest.mark.rfc("3261", "9.2", "no matching transaction")
def test_cancel_finds_nothing_to_cancel() -> None:
    house = House()
    phone = Device("1001")
    data = phone.register().replace(b"REGISTER", b"CANCEL")
    assert house.ask(data, phone).status == 481


def test_a_password_in_a_contact_is_echoed_to_its_device_and_shown_to_nobody() -> None:
    house = House("1001")
    phone = Device("1001")
    contact = "<sip:1001:secret@192.0.2.10:5060>"
    house.challenge(phone)
    answer = house.ask(phone.register(contact), phone)
    assert answer.one("Contact") == f"{contact};expires=3600"
    late = house.ask(phone.register(contact, "<sip:1001:other@h>", cseq=1), phone)
    assert late.status == 500
    malformed = house.ask(phone.register("<sip:1001:my secret@h>"), phone)
    assert malformed.status == 400
    house.engine.tick(house.now)
    told = [
        event for batch in house.location.batches for change in batch for event in change.events
    ]
    told += house.location.loose
    assert [event.contact for event in told] == [
        "<sip:1001:***@192.0.2.10:5060>",
        "<sip:1001:***@192.0.2.10:5060>",
        "<sip:1001:***@h>",
    ]
    assert "***@192.0.2.10" in told[1].detail
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\0" * 100,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\n\r\n",
    ],
    ids=["empty", "keepalive", "zeros", "http", "response"],
)
def test_garbage_gets_silence(data: bytes) -> None:
    house = House()
    house.engine.receive(data, house.wire, "192.0.2.1", 5060, house.now)
    assert house.wire.sent == []


def test_malformed_request_is_400_that_says_what_is_wrong_and_is_logged() -> None:
    house = House()
    phone = Device("1001")
    data = phone.register().replace(b"CSeq: 1 REGISTER", b"CSeq: x REGISTER")
    answer = house.ask(data, phone)
    assert answer.status == 400
    assert "CSeq" in answer.reason
    house.engine.tick(house.now)
    assert [event.reason for event in house.location.loose] == ["bad_request"]


def test_refusals_become_events() -> None:
    house = House("1001")
    phone = Device("1001", password="wrong")
    house.challenge(phone)
    assert house.ask(phone.register(), phone).status == 401
    house.engine.tick(house.now)
    (event,) = house.location.loose
    assert (event.kind, event.reason, event.aor) == ("refused", "wrong_password", "1001")


def test_expired_binding_ends_with_an_event() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.ask(phone.register(expires=60), phone)
    house.now += 61
    house.location.over = [AOR]
    house.engine.tick(house.now)
    house.location.finish()
    assert house.events() == ["registered", "expired"]
    record = house.location.read(AOR)
    assert record is None or record.bindings == ()


def test_expiry_that_cannot_be_written_is_tried_again() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.ask(phone.register(expires=60), phone)
    house.now += 61
    house.location.over = [AOR]
    house.engine.tick(house.now)
    house.location.finish(error="input/output error")
    assert house.location.postponed[AOR] > house.now


def _stream_house() -> tuple[House, Wire, Device]:
    house = House("1001", policy=Policy(expires_jitter=0, stream_grace=120))
    wire = Wire("tcp", connection=7)
    phone = Device("1001", host="10.0.0.5", transport="TCP")
    house.wire = wire
    house.engine.receive(phone.register(), wire, *NAT, house.now)
    phone.challenged(wire.answers()[0])
    house.engine.receive(phone.register(), wire, *NAT, house.now)
    house.engine.drained(house.now)
    house.location.finish()
    assert [answer.status for answer in wire.answers()] == [200]
    return house, wire, phone


def test_lost_connection_makes_its_binding_unreachable_then_ends_it() -> None:
    house, wire, _ = _stream_house()
    house.engine.connection_lost(wire, house.now + 5)
    house.location.finish()
    record = house.location.read(AOR)
    assert record is not None
    assert record.bindings[0].unreachable_since == house.now + 5
    house.location.over = [AOR]
    house.now += 126
    house.engine.tick(house.now)
    house.location.finish()
    assert house.events() == ["registered", "unreachable", "connection_lost"]


def test_restart_makes_stream_bindings_unreachable() -> None:
    house, _, _ = _stream_house()
    house.engine.flows_lost_at_restart([AOR], house.now + 1)
    house.location.finish()
    assert house.events() == ["registered", "unreachable"]


def test_a_record_that_cannot_be_read_is_an_error_and_not_an_absence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    told: list[str] = []

    def fail(aor: str) -> AorRecord | None:
        raise UnreadableError(f"rollcall.db: {aor}")

    with monkeypatch.context() as patched:
        patched.setattr(house.location, "read", fail)
        answer = house.ask(phone.register(), phone)
        house.engine.operate(AOR, kick, house.now, told.append)
    assert answer.status == 500
    assert answer.one("retry-after")
    assert told == [f"rollcall.db: {AOR}"]
    assert house.ask(phone.register(), phone).status == 200


def test_kick_is_told_when_it_is_durable() -> None:
    house = House("1001")
    phone = Device("1001")
    house.challenge(phone)
    house.ask(phone.register(), phone)
    told: list[str] = []
    house.engine.operate(AOR, kick, house.now, told.append)
    house.engine.drained(house.now)
    assert told == []
    house.location.finish()
    assert told == [""]
    assert house.events() == ["registered", "kicked"]
    delayed = house.ask(phone.register(cseq=phone.cseq), phone)
    assert delayed.status == 500, "a delayed duplicate does not bring it back"
