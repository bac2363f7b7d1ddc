"""`rollcall.storage.memory`; what every location does is in tests/contract."""

from collections.abc import Sequence

from doubles.records import change, event, record
from rollcall.model.event import Event
from rollcall.model.ports import Change, Outcome, OutcomeKind
from rollcall.storage.memory import MemoryLocation


def test_the_listener_hears_what_was_kept_and_nothing_else() -> None:
    heard: list[tuple[list[str], int]] = []

    def listen(changes: Sequence[Change], events: Sequence[Event]) -> None:
        heard.append(([one.record.aor for one in changes], len(events)))

    location = MemoryLocation(listener=listen)
    outcomes: list[Outcome] = []
    batch = [change(record("1001")), change(record("1002", 5), 4)]
    location.commit_many(batch, [event("refused")], outcomes.extend)
    assert heard == [(["sip:1001@example.com"], 1)]
    assert [one.kind for one in outcomes] == [OutcomeKind.COMMITTED, OutcomeKind.CONFLICT]


def test_groups_are_counted_only_when_something_is_kept() -> None:
    location = MemoryLocation()
    outcomes: list[Outcome] = []
    location.commit_many([change(record("1001"))], [], outcomes.extend)
    location.commit_many([change(record("1001", 9), 8)], [], outcomes.extend)
    location.commit_many([], [event("refused")], outcomes.extend)
    assert location.durable_group == 2
    assert len(location) == 1


def test_gives_the_shared_string() -> None:
    location = MemoryLocation()
    kept = record("1001")
    location.commit_many([change(kept)], [], lambda _: None)
    assert location.shared("".join(["sip:", "1001@example.com"])) is kept.aor
