"""The check on traces sees what it must see, and complains when it must."""

from pathlib import Path

from harness.strace import Answered, flush_faults

JOURNAL = "/data/journal"
REQUEST = Answered("abc@host", 0x5A000001)


def hexadecimal(data: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


ENTRY = b"..\xa8abc@host\xce" + REQUEST.cseq.to_bytes(4, "big")
ANSWER = f"SIP/2.0 200 OK\r\nCall-ID: abc@host\r\nCSeq: {REQUEST.cseq} REGISTER\r\n\r\n".encode()

WRITE = f"10 pwrite64(7<{JOURNAL}/1.journal>, {hexadecimal(ENTRY)}, 30, 0) = 30"
SYNC = f"10 fdatasync(7<{JOURNAL}/1.journal>) = 0"
SYNC_BEGINS = f"10 fdatasync(7<{JOURNAL}/1.journal> <unfinished ...>"
SYNC_ENDS = "10 <... fdatasync resumed>) = 0"
SYNC_FAILS = f"10 fdatasync(7<{JOURNAL}/1.journal>) = -1 EIO (Input/output error) (INJECTED)"
OTHER_SYNC = "11 fdatasync(9</data/rollcall.db-wal>) = 0"
SEND = f"12 sendto(5<socket:[1]>, {hexadecimal(ANSWER)}, 70, 0, NULL, 0) = 70"


def faults(folder: Path, *lines: str) -> int:
    trace = folder / "trace"
    trace.write_text("\n".join(lines) + "\n")
    return len(flush_faults(trace, Path(JOURNAL), [REQUEST]))


def test_answer_after_flush_is_right(tmp_path: Path) -> None:
    assert faults(tmp_path, WRITE, SYNC, SEND) == 0
    assert faults(tmp_path, WRITE, SYNC_BEGINS, SYNC_ENDS, SEND) == 0


def test_answer_without_flush_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, WRITE, SEND) == 1
    assert faults(tmp_path, SEND) == 1


def test_answer_before_the_flush_returned_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, WRITE, SYNC_BEGINS, SEND, SYNC_ENDS) == 1


def test_flush_that_began_before_the_write_does_not_cover_it(tmp_path: Path) -> None:
    assert faults(tmp_path, SYNC_BEGINS, WRITE, SYNC_ENDS, SEND) == 1


def test_failed_flush_and_flush_of_another_file_do_not_count(tmp_path: Path) -> None:
    assert faults(tmp_path, WRITE, SYNC_FAILS, SEND) == 1
    assert faults(tmp_path, WRITE, OTHER_SYNC, SEND) == 1


def test_trace_without_the_answer_proves_nothing(tmp_path: Path) -> None:
    assert faults(tmp_path, WRITE, SYNC) == 1
