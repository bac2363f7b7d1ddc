"""`rollcall.storage.record_table`: records as bytes, and when they are due."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from doubles.records import binding, empty, record, tombstone
from rollcall.model.record import AorRecord, encode_record
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
