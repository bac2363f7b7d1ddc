"""`rollcall.storage.history_queries`: events (the audit log is in test_system_repository)."""

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from doubles.records import event
from rollcall.model.administration import EventFilter, InvalidError
from rollcall.storage.history import History
from rollcall.storage.queries import SqlQueries


@pytest.fixture
def filled(engine: Engine, queries: SqlQueries) -> SqlQueries:
    history = History()
    history.add(
        [
            event("registered", 1.0),
            event("registered", 2.0, "1002"),
            replace(event("refused", 3.0), reason="wrong_password", source_host="203.0.113.9"),
            replace(event("refused", 4.0), reason="blocked", source_host="2001:db8::7", count=99),
            event("expired", 5.0),
        ],
        100.0,
    )
    connection = engine.raw_connection()
    cursor = connection.driver_connection.cursor()  # type: ignore[union-attr]  # it is open
    history.store(cursor)
    cursor.close()
    connection.close()
    return queries


def ids(queries: SqlQueries, **asked: object) -> list[int]:
    page = queries.events(EventFilter(**asked))  # type: ignore[arg-type]  # fields of it
    assert page.total == len(page.items)
    return [entry.id for entry in page.items]


def test_an_event_as_it_was(filled: SqlQueries) -> None:
    entry = filled.events(EventFilter(kinds=("registered",), phones=("1001",))).items[0]
    assert (entry.id, entry.at, entry.kind, entry.phone) == (1, 101.0, "registered", "1001")
    assert (entry.aor, entry.binding_id) == ("sip:1001@example.com", 1001)
    assert (entry.source_ip, entry.source_port, entry.transport) == ("192.0.2.7", 5060, "udp")
    assert (entry.user_agent, entry.call_id) == ("Example Phone 1.0", "call-1@10.0.0.5")
    assert (entry.reason, entry.detail, entry.count) == ("registered", "a detail", 1)


def test_newest_first_in_pages(filled: SqlQueries) -> None:
    page = filled.events(EventFilter(), limit=2)
    assert [entry.id for entry in page.items] == [5, 4]
    assert page.total == 5
    page = filled.events(EventFilter(), limit=2, cursor=page.next_cursor)
    assert [entry.id for entry in page.items] == [3, 2]
    page = filled.events(EventFilter(), limit=2, cursor=page.next_cursor)
    assert [entry.id for entry in page.items] == [1]
    assert page.next_cursor is None


def test_filters(filled: SqlQueries) -> None:
    assert ids(filled, phones=("1002",)) == [2]
    assert ids(filled, kinds=("expired", "refused")) == [5, 4, 3]
    assert ids(filled, reasons=("blocked",)) == [4]
    assert ids(filled, ip="203.0.113.x") == [3]
    assert ids(filled, ip="2001:db8::/32") == [4]
    assert ids(filled, since=102.0, until=104.0) == [3, 2]
    assert filled.events(EventFilter(reasons=("blocked",))).items[0].count == 99


def test_what_came_after_an_event_oldest_first(filled: SqlQueries) -> None:
    page = filled.events(EventFilter(after_id=2), limit=2)
    assert [entry.id for entry in page.items] == [3, 4]
    page = filled.events(EventFilter(after_id=2), limit=2, cursor=page.next_cursor)
    assert [entry.id for entry in page.items] == [5]


def test_a_filter_without_sense_is_refused(filled: SqlQueries) -> None:
    with pytest.raises(InvalidError, match="ip"):
        filled.events(EventFilter(ip="nonsense"))
    with pytest.raises(InvalidError, match="cursor"):
        filled.events(EventFilter(), cursor="nonsense")
