"""`rollcall.storage.inspection`: `rollcall check` finds what is wrong, and only that."""

from doubles.journals import DataFolder
from rollcall.storage.inspection import inspect
from rollcall.storage.journal_format import segment_path
from rollcall.storage.watermark import NAME


def test_all_is_well_also_beside_a_running_server(running: DataFolder) -> None:
    findings = {one.check: one for one in inspect(running.folder)}
    assert all(one.passed for one in findings.values())
    assert "1 phones, 2 bindings" in findings["database"].text
    assert "1 groups behind the database" in findings["journal"].text
    assert "fits all 1 passwords" in findings["key"].text


def test_a_torn_entry_is_told_and_no_fault(running: DataFolder) -> None:
    running.file.close()
    (running.journal / NAME).unlink()
    path = segment_path(running.journal, 1)
    path.write_bytes(path.read_bytes()[:-12])
    finding = inspect(running.folder)[1]
    assert finding.passed
    assert "torn" in finding.text


def test_a_damaged_journal_is_found(running: DataFolder) -> None:
    running.file.close()
    path = segment_path(running.journal, 1)
    whole = bytearray(path.read_bytes())
    whole[-20] ^= 1
    path.write_bytes(whole)
    finding = inspect(running.folder)[1]
    assert (finding.check, finding.passed) == ("journal", False)
    assert "at byte" in finding.text


def test_a_wrong_or_missing_key_is_found(running: DataFolder) -> None:
    key = running.folder / "keys" / "secrets.key"
    key.write_text("00" * 32)
    assert "not the key" in inspect(running.folder)[2].text
    key.unlink()
    finding = inspect(running.folder)[2]
    assert not finding.passed
    assert "missing" in finding.text


def test_a_damaged_database_is_found(running: DataFolder) -> None:
    running.close()
    path = running.database
    whole = bytearray(path.read_bytes())
    for page in range(4, len(whole) // 4096):
        whole[page * 4096 + 100 : page * 4096 + 200] = b"\xff" * 100
    path.write_bytes(whole)
    finding = inspect(running.folder)[0]
    assert (finding.check, finding.passed) == ("database", False)
