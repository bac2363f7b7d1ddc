"""`rollcall.storage.record_table`: records as bytes, and when they are due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from doubles.records import binding, empty, record, tombstone
from rollcall.model.record import AorRecord, encode_record
from rollcall.storage.binding_rows import StoredRecord
from rollcall.storage.record_table import RecordTable


def put(table: RecordTable, *records: AorRecord) -> None:
    for one in records:
        table.put(one, encode_record(one))


def test_gives_back_what_was_put() -> None:
    table = RecordTable()
    kept = record("1001", 7)
    put(table, kept)
    assert table.get(kept.aor) == kept
    assert table.version(kept.aor) == 7
    assert len(table) == 1
    assert table.get("sip:1002@example.com") is None
    assert table.version("sip:1002@example.com") == 0


def test_an_empty_record_is_forgotten() -> None:
    table = RecordTable()
    put(table, record("1001", 1), empty("1001", 2), empty("1002", 1))
    assert len(table) == 0
    assert table.get("sip:1001@example.com") is None
    assert table.next_due() == float("inf")


def test_hands_an_ended_binding_out_once() -> None:
    table = RecordTable()
    put(table, record("1001", 1, binding(1, now=1000.0, expires=60)))
    assert table.due(1059.9, 10) == []
    assert table.due(1060.0, 10) == ["sip:1001@example.com"]
    assert table.due(1061.0, 10) == []


def test_hands_out_again_what_was_committed_anew_or_postponed() -> None:
    table = RecordTable()
    put(table, record("1001", 1, binding(1, expires=60)))
    assert table.due(1060.0, 10)
    table.postpone("sip:1001@example.com", 1070.5)
    assert table.due(1070.0, 10) == []
    assert table.due(1071.0, 10)
    put(table, record("1001", 2, binding(1, expires=90)))
    assert table.due(1091.0, 10)


def test_a_refresh_that_ends_later_is_met_later() -> None:
    table = RecordTable()
    put(table, record("1001", 1, binding(1, expires=60)))
    put(table, record("1001", 2, binding(1, expires=120)))
    assert table.next_due() == 1060  # the wheel is lazy
    assert table.due(1119.0, 10) == []
    assert table.next_due() == 1120
    assert table.due(1120.0, 10) == ["sip:1001@example.com"]


def test_an_end_that_moves_earlier_is_met_earlier() -> None:
    table = RecordTable()
    put(table, record("1001", 1, binding(1, expires=3600)))
    put(table, record("1001", 2, binding(1, expires=3600, grace_until=1120.0)))
    assert table.due(1120.0, 10) == ["sip:1001@example.com"]
    assert table.due(9999.0, 10) == []


def test_the_limit_holds_and_the_rest_comes_later() -> None:
    table = RecordTable()
    put(table, *[record(str(n), 1, binding(n, str(n), expires=60)) for n in range(1000, 1010)])
    first = table.due(1060.0, 4)
    rest = table.due(1060.0, 100)
    assert len(first) == 4
    assert len({*first, *rest}) == 10


def test_records_with_tombstones_only_are_due_when_those_end() -> None:
    table = RecordTable()
    put(table, AorRecord("sip:a@example.com", 3, (), (tombstone(until=1032.0),)))
    assert table.due(1031.9, 1) == []
    assert table.due(1032.0, 1) == ["sip:a@example.com"]


def test_an_aor_is_one_string_object_for_all() -> None:
    table = RecordTable()
    first = record("1001", 1)
    put(table, first)
    again = AorRecord("".join(["sip:1001@", "example.com"]), 2, first.bindings)
    put(table, again)
    assert table.shared("".join(["sip:", "1001@example.com"])) is first.aor
    assert table.due(99999.0, 1)[0] is first.aor
    unknown = "sip:nobody@example.com"
    assert table.shared(unknown) is unknown


def test_a_postponed_aor_that_is_forgotten_stays_forgotten() -> None:
    table = RecordTable()
    table.postpone("sip:1001@example.com", 5.0)
    assert table.next_due() == float("inf")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["1001", "1002", "1003"]),
            st.one_of(st.none(), st.integers(min_value=1, max_value=50)),
            st.integers(min_value=0, max_value=20),
        ),
        max_size=30,
    )
)
def test_whatever_is_written_everything_is_met_within_a_second_of_its_end(
    steps: list[tuple[str, int | None, int]],
) -> None:
    """A model of plain dictionaries: expected ends, and who was handed out already."""
    table = RecordTable()
    expected: dict[str, float] = {}
    now = 1000.0
    for version, (number, expires, wait) in enumerate(steps, 1):
        aor = f"sip:{number}@example.com"
        if expires is None:
            put(table, empty(number, version))
            expected.pop(aor, None)
        else:
            bound = binding(1, number, now=now, expires=expires)
            put(table, record(number, version, replace(bound, expires_at=now + expires - 0.5)))
            expected[aor] = now + expires - 0.5
        now += wait
        met = table.due(now, 100)
        assert all(expected[aor] <= now for aor in met)
        assert all(end > now - 1 for aor, end in expected.items() if aor not in met)
        for aor in met:
            del expected[aor]


class Behind:
    """What lies behind a table that is being loaded."""

    def __init__(self, *records: AorRecord) -> None:
        self.records = {one.aor: one for one in records}
        self.asked: list[str] = []

    def fetch(self, aor: str) -> StoredRecord | None:
        self.asked.append(aor)
        found = self.records.get(aor)
        return None if found is None else stored(found)


def stored(one: AorRecord) -> StoredRecord:
    return StoredRecord(one.aor, one.version, one.next_due(), encode_record(one), False)


class TestLoading:
    def test_what_is_not_loaded_yet_is_fetched_once(self) -> None:
        table, behind = RecordTable(), Behind(record("1001", 7))
        table.begin_loading(behind.fetch)
        assert table.version("sip:1001@example.com") == 7
        assert table.get("sip:1001@example.com") == record("1001", 7)
        assert table.get("sip:1002@example.com") is None
        assert table.version("sip:1002@example.com") == 0
        assert behind.asked == ["sip:1001@example.com", "sip:1002@example.com"]
        assert len(table) == 1

    def test_what_was_put_is_neither_fetched_nor_loaded(self) -> None:
        old = record("1001", 7)
        table, behind = RecordTable(), Behind(old)
        table.begin_loading(behind.fetch)
        put(table, record("1001", 8))
        assert table.load([stored(old)]) == []
        assert table.version(old.aor) == 8
        assert behind.asked == []

    def test_what_was_forgotten_stays_forgotten(self) -> None:
        """Whether it was in the table before or not: the journal's tail says so, too."""
        old, other = record("1001", 7), record("1002", 3)
        table, behind = RecordTable(), Behind(old, other)
        table.begin_loading(behind.fetch)
        put(table, empty("1001", 8), other, empty("1002", 4))
        assert table.load([stored(old), stored(other)]) == []
        assert table.get(old.aor) is None
        assert table.version(other.aor) == 0
        assert behind.asked == []
        assert table.next_due() == float("inf")

    def test_what_was_found_absent_is_not_loaded_either(self) -> None:
        """A phone was told that it has no binding; and now it begins at version 1."""
        table = RecordTable()
        table.begin_loading(Behind().fetch)
        assert table.get("sip:1001@example.com") is None
        assert table.load([stored(record("1001", 7))]) == []
        put(table, record("1001", 1))
        assert table.version("sip:1001@example.com") == 1

    def test_what_is_loaded_is_there_and_due(self) -> None:
        table, behind = RecordTable(), Behind()
        table.begin_loading(behind.fetch)
        ended = record("1001", 2, binding(1, expires=60))
        assert table.due(5000.0, 10) == []
        assert [one.aor for one in table.load([stored(ended)])] == [ended.aor]
        assert table.get(ended.aor) == ended
        assert table.due(5000.0, 10) == [ended.aor]
        assert behind.asked == []

    def test_what_is_fetched_is_due_and_keeps_the_string_it_was_asked_with(self) -> None:
        ended = record("1001", 2, binding(1, expires=60))
        table, behind = RecordTable(), Behind(ended)
        table.begin_loading(behind.fetch)
        aor = "".join(["sip:", "1001@example.com"])
        table.get(aor)
        assert table.shared("sip:1001@example.com") is aor
        assert table.due(1060.0, 10) == [aor]

    def test_afterwards_nothing_is_fetched(self) -> None:
        table, behind = RecordTable(), Behind(record("1001", 7))
        table.begin_loading(behind.fetch)
        table.end_loading()
        assert table.get("sip:1001@example.com") is None
        assert behind.asked == []

    def test_a_fetch_that_fails_settles_nothing(self) -> None:
        def fail(aor: str) -> StoredRecord | None:
            raise OSError(aor)

        table, behind = RecordTable(), Behind(record("1001", 7))
        table.begin_loading(fail)
        with pytest.raises(OSError, match="1001"):
            table.get("sip:1001@example.com")
        table.begin_loading(behind.fetch)
        assert table.version("sip:1001@example.com") == 7

    @given(st.data())
    def test_nobody_can_tell_it_from_a_complete_one(self, data: st.DataObject) -> None:
        """Random reads, commits and chunks against a table that has everything from the start."""
        numbers = [str(number) for number in range(1001, 1007)]
        old = [record(number, 5) for number in data.draw(st.sets(st.sampled_from(numbers)))]
        whole, table = RecordTable(), RecordTable()
        put(whole, *old)
        table.begin_loading(Behind(*old).fetch)
        left = list(data.draw(st.permutations(old)))
        for _ in range(data.draw(st.integers(0, 12))):
            number = data.draw(st.sampled_from(numbers))
            aor = f"sip:{number}@example.com"
            match data.draw(st.sampled_from(["get", "version", "put", "forget", "load"])):
                case "get":
                    assert table.get(aor) == whole.get(aor)
                case "version":
                    assert table.version(aor) == whole.version(aor)
                case "put":
                    version = whole.version(aor) + 1
                    put(whole, record(number, version))
                    put(table, record(number, version))
                case "forget":
                    put(whole, empty(number))
                    put(table, empty(number))
                case _ if left:
                    table.load([stored(left.pop())])
        table.load([stored(one) for one in left])
        table.end_loading()
        assert set(table.aors()) == set(whole.aors())
        assert len(table) == len(whole)
        for number in numbers:
            aor = f"sip:{number}@example.com"
            assert table.get(aor) == whole.get(aor)
        assert sorted(table.due(1e9, 100)) == sorted(whole.due(1e9, 100))
