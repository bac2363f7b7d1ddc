"""`rollcall.storage.recovery`: everything acknowledged is there again, from view and tail."""

import errno
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from doubles import views
from doubles.faulty_disk import FaultyDisk
from doubles.journals import DataFolder
from doubles.records import binding, change, empty, event, record, tombstone
from rollcall.model.record import AorRecord
from rollcall.storage.errors import JournalCorruptError
from rollcall.storage.journal_cut import cut
from rollcall.storage.journal_file import JournalFile
from rollcall.storage.journal_format import Position, segment_path
from rollcall.storage.record_table import RecordTable
from rollcall.storage.recovery import recover
from rollcall.storage.view import View
from rollcall.storage.watermark import NAME


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(tmp_path)
    yield made
    made.close()


def recovered(data: DataFolder) -> dict[str, AorRecord]:
    """What is known once all is loaded; fetching one by one gives the same."""
    loaded = views.recovered(data.database, data.journal)
    view, table = View(data.database), RecordTable()
    recover(view, data.journal, table)
    for number in range(1001, 1009):
        aor = f"sip:{number}@example.com"
        assert table.get(aor) == loaded.get(aor)
    view.close()
    return loaded


def test_a_first_start_finds_nothing(tmp_path: Path) -> None:
    found = recover(View(tmp_path / "rollcall.db"), tmp_path / "journal", RecordTable())
    assert found.end == Position()
    assert (found.records, found.groups, found.stream_aors) == (0, 0, ())


def test_view_and_tail_together_are_the_truth(data: DataFolder) -> None:
    data.commit(change(record("1001")), change(record("1002")), change(record("1003")))
    data.project()
    data.commit(change(record("1001", 2, binding(1001, cseq=2)), 1, plain=True))
    data.commit(change(empty("1002", 2), 1, event("unregistered")))
    data.commit(change(record("1004")))
    found = recovered(data)
    assert {aor: one.version for aor, one in found.items()} == {
        "sip:1001@example.com": 2,
        "sip:1003@example.com": 1,
        "sip:1004@example.com": 1,
    }


def test_wherever_the_projection_stopped_the_same_is_recovered(tmp_path: Path) -> None:
    """Random histories, with a projection that is anywhere behind."""
    chance = random.Random(7)
    data = DataFolder(tmp_path, segment_limit=3000)
    truth: dict[str, AorRecord] = {}
    for group in range(120):
        number = str(chance.randint(1001, 1008))
        aor = f"sip:{number}@example.com"
        before = truth.get(aor)
        version = 1 if before is None else before.version + 1
        what = chance.random()
        plain = False
        if before is not None and before.bindings and what < 0.5:
            fresher = [replace(one, cseq=one.cseq + 1, refreshes=group) for one in before.bindings]
            after = replace(before, version=version, bindings=tuple(fresher))
            plain = True
        elif what < 0.6:
            after = empty(number, version)
        elif what < 0.7:
            after = AorRecord(aor, version, (), (tombstone(),))
        else:
            count = chance.randint(1, 3)
            after = record(
                number, version, *[binding(group * 10 + n, number) for n in range(count)]
            )
        data.commit(change(after, version - 1, plain=plain))
        if after.empty:
            truth.pop(aor, None)
        else:
            truth[aor] = after
        if chance.random() < 0.1:
            data.projection.run_once()
        if chance.random() < 0.2:
            assert recovered(data) == truth
    assert recovered(data) == truth
    data.project()
    assert recovered(data) == truth
    data.close()


def test_tells_who_hung_on_a_connection_and_the_highest_id(data: DataFolder) -> None:
    data.commit(
        change(record("1001", 1, binding(50, connection=3))),
        change(record("1002", 1, binding(60))),
        change(record("1003", 1, binding(70, connection=4))),
    )
    data.project()
    data.commit(change(empty("1003", 2), 1), change(record("1004", 1, binding(65, connection=5))))
    found = recover(View(data.database), data.journal, RecordTable())
    assert found.stream_aors == ("sip:1004@example.com",)
    assert found.highest_binding_id == 70
    assert found.end == data.file.end


def test_a_torn_last_entry_is_cut_with_a_clear_line(data: DataFolder) -> None:
    data.commit(change(record("1001")))
    data.commit(change(record("1002")))
    end = data.file.end
    data.close()
    (data.journal / NAME).unlink()
    path = segment_path(data.journal, 1)
    path.write_bytes(path.read_bytes()[:-20])
    with capture_logs() as lines:
        assert set(recovered(data)) == {"sip:1001@example.com"}
    assert lines[0]["event"] == "journal_torn_entry_cut"
    assert lines[0]["file"] == str(path)
    assert 0 < lines[0]["offset"] < end.offset


def test_damage_in_the_middle_refuses_the_start_unless_forced(data: DataFolder) -> None:
    data.commit(change(record("1001")))
    data.commit(change(record("1002")))
    data.commit(change(record("1003")))
    data.close()
    path = segment_path(data.journal, 1)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(JournalCorruptError, match=r"0000000001\.journal at byte \d+"):
        recovered(data)
    table = RecordTable()
    with capture_logs() as lines:
        found = recover(View(data.database), data.journal, table, force=True)
    assert found.damage is not None
    assert list(table.aors()) == ["sip:1001@example.com"]
    assert lines[0]["event"] == "journal_damage_given_up"
    assert found.end.group == 1
    file = JournalFile(data.journal, found.end, ahead=4096)
    file.append(b"\x95\x02\x00\x00\x90\x90", 2)
    file.close()
    assert set(recovered(data)) == {"sip:1001@example.com"}


def test_what_was_told_as_failed_is_not_recovered(data: DataFolder) -> None:
    data.commit(change(record("1001")))
    data.file.close()
    disk = FaultyDisk()
    data.file = JournalFile(data.journal, data.file.end, disk=disk, ahead=4096)
    data.commit(change(record("1002")))
    disk.fail("fdatasync", errno.EIO)
    disk.fail("ftruncate", errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        data.commit(change(record("1003")))
    disk.mend()
    data.commit(change(record("1004")))
    assert {aor[4:8] for aor in recovered(data)} == {"1001", "1002", "1004"}


class CutBetween(View):
    """The control process cuts as soon as the position is read."""

    def __init__(self, database: Path, data: DataFolder) -> None:
        super().__init__(database)
        self.data = data
        self.cuts: list[int] = []

    def begin(self) -> tuple[Position, int]:
        found = super().begin()
        self.data.project()
        self.cuts.append(cut(self.data.journal, self.data.file.end))
        return found


def test_nothing_is_cut_away_between_view_and_tail(tmp_path: Path) -> None:
    """The control process may go on showing and cutting while the SIP process starts."""
    data = DataFolder(tmp_path, segment_limit=300)
    for number in range(1001, 1006):
        data.commit(change(record(str(number))))
    view, table = CutBetween(data.database, data), RecordTable()
    recover(view, data.journal, table)
    assert view.cuts == [0]
    assert len(table) == 5
    assert cut(data.journal, data.file.end) > 0
    view.close()
    data.close()


def test_what_the_tail_has_ended_is_not_fetched_while_it_is_shown(data: DataFolder) -> None:
    """The view lags: it shows the beginning of the tail while phones are answered already."""
    data.commit(change(record("1000")))
    data.project()
    data.commit(change(record("1001")))
    middle = data.file.end
    data.commit(change(empty("1001", 2), 1))
    view, table = View(data.database), RecordTable()
    recover(view, data.journal, table)
    data.projection.run_once(1)
    assert data.projection.position == middle
    assert "sip:1001@example.com" in views.shown(data.database)
    assert table.get("sip:1001@example.com") is None
    assert [one.aor for _, some in view.chunks(9) for one in table.load(some)] == [
        "sip:1000@example.com"
    ]
    view.close()
