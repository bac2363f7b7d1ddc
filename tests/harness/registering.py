"""REGISTER requests and a desk that answers them, for tests of what they do to a record."""

from typing import Any

from rollcall.model.phone import Policy
from rollcall.model.record import AorRecord, Binding
from rollcall.model.refusal import Refusal
from rollcall.registrar.decision import Decision, decide
from rollcall.registrar.request import RegisterRequest
from rollcall.sip.contact import parse_contact

AOR = "sip:1001@example.com"
NOW = 1_000.0
HOST = "192.0.2.10"
"""Where the tests' phone is: the same in source, Via and Contact, so not behind NAT."""
DESK = "<sip:1001@192.0.2.10:5060>"
"""Its Contact."""
SOFT = "<sip:1001@192.0.2.10:5070>"
"""The Contact of a second device."""

PLAIN = Policy(expires_jitter=0)
"""The defaults without jitter, so that times are what was asked for."""


def register(*contacts: str, **fields: Any) -> RegisterRequest:
    """A REGISTER with these Contact values; `fields` are those of `RegisterRequest`."""
    values: dict[str, Any] = {
        "aor": AOR,
        "call_id": "call-a",
        "cseq": 1,
        "contacts": tuple(parse_contact(text) for text in contacts),
        "source_host": HOST,
        "source_port": 5060,
        "transport": "udp",
        "local": "198.51.100.1:5060",
        "serial": 1,
        "via_host": HOST,
        "via_port": 5060,
    }
    return RegisterRequest(**{**values, **fields})


class Desk:
    """One AOR and its rules. Serial numbers rise by ten for every request."""

    def __init__(self, policy: Policy = PLAIN, record: AorRecord | None = None) -> None:
        self.policy = policy
        self.record = record or AorRecord(AOR)
        self._serial = 0

    def ask(self, *contacts: str, at: float = NOW, **fields: Any) -> Decision | Refusal:
        """Decide on a REGISTER; a decision becomes the record."""
        self._serial += 10
        fields.setdefault("serial", self._serial)
        result = decide(self.record, register(*contacts, **fields), self.policy, at)
        if isinstance(result, Decision):
            self.record = result.record
        return result

    def grant(self, *contacts: str, at: float = NOW, **fields: Any) -> Decision:
        """Like `ask`, for requests that must be granted."""
        result = self.ask(*contacts, at=at, **fields)
        assert isinstance(result, Decision), result
        return result

    def refuse(self, *contacts: str, at: float = NOW, **fields: Any) -> Refusal:
        """Like `ask`, for requests that must be refused and must leave the record alone."""
        before = self.record
        result = self.ask(*contacts, at=at, **fields)
        assert isinstance(result, Refusal), result
        assert self.record is before
        return result

    @property
    def contacts(self) -> list[str]:
        """The Contacts bound, oldest first."""
        return [binding.contact for binding in self.record.bindings]

    @property
    def binding(self) -> Binding:
        """The only binding."""
        (binding,) = self.record.bindings
        return binding


def listed(decision: Decision) -> list[str]:
    """The values of the answer's Contact lines."""
    assert {name for name, _ in decision.headers} <= {"Contact"}
    return [value for _, value in decision.headers]


def kinds(decision: Decision) -> list[str]:
    """The kinds of a decision's events, in order."""
    return [str(event.kind) for event in decision.events]
