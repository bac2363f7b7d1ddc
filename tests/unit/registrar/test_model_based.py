"""`decide` against an independent, simple model of RFC 3261 section 10.3.

The model is written from the RFC's text and CONTRACT.md, not from the code: a dictionary from
contact to what was last accepted for it, with none of the code's helpers. Contacts are told apart
by one letter, all phones are on public addresses, and jitter is off, so that the model stays small
enough to be checked by reading.
"""

import copy
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harness.registering import AOR, register
from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, decode_record, encode_record
from rollcall.model.refusal import Reason, Refusal
from rollcall.registrar.decision import Decision, decide
from rollcall.registrar.endings import expire, kick

MIN, MAX, DEFAULT = 60, 600, 300
TOMBSTONE = 32

Contacts = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Ask:
    """One REGISTER: contacts as (letter, expires parameter)."""

    contacts: Contacts
    call_id: str
    cseq: int
    star: bool = False
    header: int | None = None


@dataclass
class Bound:
    call_id: str
    cseq: int
    ends: float
    since: int


@dataclass
class Model:
    """What RFC 3261 section 10.3 says the location service holds."""

    limit: int
    replace: bool
    bound: dict[str, Bound] = field(default_factory=dict)
    graves: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    blocked: float = 0.0
    clock: int = 0

    def pass_time(self, now: float) -> None:
        self.bound = {key: entry for key, entry in self.bound.items() if entry.ends > now}
        self.graves = {key: grave for key, grave in self.graves.items() if grave[1] > now}

    def bury(self, letter: str, call_id: str, cseq: int, now: float) -> None:
        self.graves[letter, call_id] = (cseq, now + TOMBSTONE)

    def drop(self, letter: str, now: float) -> None:
        entry = self.bound.pop(letter)
        self.bury(letter, entry.call_id, entry.cseq, now)

    def answer(self, ask: Ask, now: float) -> str:
        """Apply the request: "ok" or the reason of a refusal, which leaves everything alone."""
        self.pass_time(now)
        before = copy.deepcopy((self.bound, self.graves))
        verdict = self._star(ask, now) if ask.star else self._contacts(ask, now)
        if verdict != "ok":
            self.bound, self.graves = before
        return verdict

    def _late(self, letter: str, ask: Ask) -> bool:
        entry = self.bound[letter]
        if entry.call_id == ask.call_id and ask.cseq <= entry.cseq:
            return True
        return ask.cseq <= self.graves.get((letter, ask.call_id), (0, 0.0))[0]

    def _star(self, ask: Ask, now: float) -> str:
        if ask.contacts:
            return "star_not_alone"
        if ask.header != 0:
            return "star_needs_expires_zero"
        for letter in list(self.bound):
            if self._late(letter, ask):
                return "out_of_order"
            self.drop(letter, now)
            self.bury(letter, ask.call_id, ask.cseq, now)
        return "ok"

    def _contacts(self, ask: Ask, now: float) -> str:
        wanted: dict[str, int] = {}
        for letter, expires in ask.contacts:
            seconds = expires if expires is not None else ask.header
            wanted.pop(letter, None)
            wanted[letter] = DEFAULT if seconds is None else seconds
        repeated = worked = 0
        fresh: set[str] = set()
        for letter, seconds in wanted.items():
            if seconds and now < self.blocked:
                return "blocked"
            if 0 < seconds < MIN:
                return "interval_too_brief"
            entry = self.bound.get(letter)
            same = entry and (entry.call_id, entry.cseq) == (ask.call_id, ask.cseq)
            if same and seconds:
                repeated += 1
                continue
            if entry and self._late(letter, ask):
                return "out_of_order"
            grave = self.graves.get((letter, ask.call_id), (0, 0.0))[0]
            if seconds and ask.cseq <= grave:
                return "out_of_order"
            if entry is None and not seconds:
                continue
            worked += 1
            if not seconds:
                self.drop(letter, now)
                self.bury(letter, ask.call_id, ask.cseq, now)
                continue
            self.clock += 1
            since = entry.since if entry else self.clock
            if entry is None:
                fresh.add(letter)
            self.bound[letter] = Bound(ask.call_id, ask.cseq, now + min(seconds, MAX), since)
        if repeated and worked:
            return "out_of_order"
        return self._limit({letter for letter in wanted if wanted[letter]}, fresh, now)

    def _limit(self, own: set[str], fresh: set[str], now: float) -> str:
        over = len(self.bound) - self.limit
        if not fresh or over <= 0:
            return "ok"
        if not self.replace or len(own) > self.limit:
            return "too_many_bindings"
        others = sorted(self.bound.keys() - own, key=lambda letter: self.bound[letter].since)
        for letter in others[:over]:
            self.drop(letter, now)
        return "ok"


def contact_text(letter: str) -> str:
    return f"<sip:1001@{letter}.example.com>"


letters = st.sampled_from("abcd")
seconds = st.sampled_from([None, 0, 0, 1, MIN - 1, MIN, 61, 300, MAX, MAX + 1, 2**32 - 1])
asks = st.builds(
    Ask,
    st.lists(st.tuples(letters, seconds), min_size=1, max_size=3).map(tuple),
    st.sampled_from("xyz"),
    st.integers(1, 6),
    header=seconds,
)
stars = st.builds(
    Ask, st.just(()), st.sampled_from("xyz"), st.integers(1, 6), st.just(True), seconds
)


class Registrar(RuleBasedStateMachine):
    """Both get the same requests at the same times, and must agree on everything seen."""

    @initialize(limit=st.integers(1, 4), replace=st.booleans())
    def begin(self, limit: int, replace: bool) -> None:
        self.model = Model(limit, replace)
        self.policy = Policy(
            register_replace=replace,
            max_bindings=limit,
            expires_default=DEFAULT,
            expires_min=MIN,
            expires_max=MAX,
            expires_jitter=0,
        )
        self.record = AorRecord(AOR)
        self.now = 1_000.0
        self.serial = 0
        self.sent: list[Ask] = []

    def send(self, ask: Ask) -> None:
        self.serial += 10
        request = register(
            *(
                contact_text(letter) + ("" if expires is None else f";expires={expires}")
                for letter, expires in ask.contacts
            ),
            call_id=ask.call_id,
            cseq=ask.cseq,
            star=ask.star,
            expires=ask.header,
            serial=self.serial,
        )
        before = self.record
        result = decide(before, request, self.policy, self.now)
        verdict = self.model.answer(ask, self.now)
        if isinstance(result, Refusal):
            assert result.reason.value == verdict
            return
        assert verdict == "ok"
        self.take(before, result)
        own = [value for name, value in result.headers if name == "Contact"]
        assert sorted(own) == sorted(
            f"{contact_text(letter)};expires={max(1, int(entry.ends - self.now))}"
            for letter, entry in self.model.bound.items()
        )

    def take(self, before: AorRecord, result: Decision) -> None:
        self.record = result.record
        if result.record is before:
            assert not result.events
        else:
            assert result.record.version == before.version + 1
        ids = {binding.id for binding in before.bindings}
        after = {binding.id for binding in result.record.bindings}
        came = [event.binding_id for event in result.events if event.kind == "registered"]
        ended = [
            event.binding_id
            for event in result.events
            if event.kind in {"expired", "unregistered", "kicked", "replaced"}
        ]
        assert sorted(came) == sorted(after - ids)
        assert sorted(ended) == sorted(ids - after)
        assert not result.plain or ids == after

    @rule(ask=asks)
    def register(self, ask: Ask) -> None:
        self.sent.append(ask)
        self.send(ask)

    @rule(ask=asks, cseq=st.integers(7, 40))
    def register_with_high_cseq(self, ask: Ask, cseq: int) -> None:
        self.register(Ask(ask.contacts, ask.call_id, cseq, header=ask.header))

    @rule(ask=stars)
    def remove_all(self, ask: Ask) -> None:
        self.sent.append(ask)
        self.send(ask)

    @rule(ask=stars, letter=letters)
    def star_beside_a_contact(self, ask: Ask, letter: str) -> None:
        self.send(Ask(((letter, 0),), ask.call_id, ask.cseq, True, ask.header))

    @rule()
    def fetch(self) -> None:
        self.send(Ask((), "q", 1))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_an_earlier_one_again(self, data: st.DataObject) -> None:
        self.send(data.draw(st.sampled_from(self.sent)))

    @rule(step=st.sampled_from([0.5, 1.0, 31.0, 32.0, 59.0, 60.0, 299.0, 300.0]))
    def let_time_pass(self, step: float) -> None:
        self.now += step

    @rule()
    def run_out(self) -> None:
        self.model.pass_time(self.now)
        self.take(self.record, expire(self.record, self.now))

    @rule(letter=letters, block=st.sampled_from([None, None, 0.0, 40.0]))
    def kick_one(self, letter: str, block: float | None) -> None:
        self.model.pass_time(self.now)
        if letter in self.model.bound:
            self.model.drop(letter, self.now)
        until = None if block is None else block and self.now + block
        if until is not None:
            self.model.blocked = until
        kicked = kick(self.record, self.now, contact=contact_text(letter), block_until=until)
        self.take(self.record, kicked)

    @invariant()
    def they_hold_the_same(self) -> None:
        if not hasattr(self, "record"):
            return
        living = {b.contact: b for b in self.record.bindings if b.ends_at > self.now}
        expected = {k: e for k, e in self.model.bound.items() if e.ends > self.now}
        assert {contact_text(letter) for letter in expected} == set(living)
        for letter, entry in expected.items():
            binding = living[contact_text(letter)]
            assert (binding.call_id, binding.cseq) == (entry.call_id, entry.cseq)
            assert binding.expires_at == entry.ends
        registered = [binding.registered_at for binding in self.record.bindings]
        assert registered == sorted(registered)
        assert decode_record(encode_record(self.record)) == self.record


Registrar.TestCase.settings = settings(
    max_examples=max(300, settings().max_examples), stateful_step_count=30
)
TestRegistrar = Registrar.TestCase


def test_the_model_can_fail() -> None:
    """A model that always agreed would prove nothing: it refuses what the RFC refuses."""
    model = Model(5, replace=True)
    assert model.answer(Ask((("a", 300),), "x", 5), 0.0) == "ok"
    assert model.answer(Ask((("a", 300),), "x", 4), 0.0) == Reason.OUT_OF_ORDER.value
    assert model.answer(Ask((), "y", 1, star=True), 0.0) == Reason.STAR_NEEDS_EXPIRES_ZERO.value
