from pathlib import Path

from rollcall.transport.port_holder import port_holder

TABLE = (
    "  sl  local_address rem_address   st tx_queue:rx_queue tr:when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:13C4 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 4711\n"
)


def proc_of(tmp_path: Path, table: str, state: str) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / table).write_text(TABLE.format(state=state))
    for number, inode in (("17", 1234), ("42", 4711)):
        process = tmp_path / number
        (process / "fd").mkdir(parents=True)
        (process / "comm").write_text("kamailio\n")
        (process / "fd" / "5").symlink_to(f"socket:[{inode}]")
        (process / "fd" / "6").write_text("no link")
    (tmp_path / "43").mkdir()
    (tmp_path / "uptime").write_text("1")
    return tmp_path


def test_the_program_is_named(tmp_path: Path) -> None:
    proc = proc_of(tmp_path, "udp", "07")
    assert port_holder("udp", 5060, proc) == "kamailio (process 42)"
    assert port_holder("udp", 5061, proc) == ""
    assert port_holder("tcp", 5060, proc) == ""


def test_only_listeners_hold_a_tcp_port(tmp_path: Path) -> None:
    proc = proc_of(tmp_path, "tcp6", "0A")
    assert port_holder("tcp", 5060, proc) == "kamailio (process 42)"


def test_an_open_connection_does_not(tmp_path: Path) -> None:
    assert port_holder("tcp", 5060, proc_of(tmp_path, "tcp", "01")) == ""


def test_what_ended_meanwhile_is_not_named(tmp_path: Path) -> None:
    proc = proc_of(tmp_path, "udp", "07")
    (proc / "42" / "comm").unlink()
    assert port_holder("udp", 5060, proc) == ""
