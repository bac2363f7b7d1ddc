"""Few refusals are told one by one, floods as a count."""

import pytest

from rollcall.engine.refusal_log import RefusalLog
from rollcall.model.event import Event
from rollcall.model.refusal import Reason


def refused(host: str, at: float = 100.0, reason: Reason = Reason.WRONG_PASSWORD) -> Event:
    return Event("refused", at, source_host=host, reason=reason.value)


def test_few_refusals_are_events_of_their_own() -> None:
    log = RefusalLog()
    for _ in range(3):
        log.add(Reason.WRONG_PASSWORD, refused("192.0.2.1"))
    assert [event.count for event in log.take(100.0)] == [1, 1, 1]
    assert log.take(1000.0) == []


def test_flood_becomes_one_event_with_a_count() -> None:
    log = RefusalLog(window=60.0, single=5)
    for _ in range(12_350):
        log.add(Reason.WRONG_PASSWORD, refused("192.0.2.1"))
    assert len(log.take(101.0)) == 5
    assert log.take(159.0) == []
    (rest,) = log.take(160.0)
    assert rest.count == 12_345
    assert rest.detail == "and 12,345 more in 60 s"
    assert rest.source_host == "192.0.2.1"


@pytest.mark.parametrize("reason", [Reason.CHALLENGED, Reason.STALE_NONCE])
def test_normal_course_is_counted_but_no_event(reason: Reason) -> None:
    log = RefusalLog()
    log.add(reason, refused("192.0.2.1", reason=reason))
    assert log.take(1000.0) == []
    assert log.counts[reason.value] == 1


def test_many_sources_do_not_grow_the_table() -> None:
    log = RefusalLog(limit=10)
    for number in range(1000):
        log.add(Reason.UNKNOWN_NUMBER, refused(f"198.51.100.{number}"))
    events = log.take(100.0) + log.take(200.0)
    assert len(events) <= 12
    assert sum(event.count for event in events) == 1000
    assert log.counts["unknown_number"] == 1000
