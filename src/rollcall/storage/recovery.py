"""From disk to memory at the start: the journal behind what rollcall.db shows; the rest later.

What the journal's tail says is in the table before anybody is answered; it is little, as the
control process is less than a second behind. What rollcall.db shows is fetched by AOR when it is
asked for, until `rollcall.storage.view_loader` has loaded it all.

That is sound because an AOR is settled (see `rollcall.storage.record_table`) as soon as the
journal has said something about it behind the position that was read first. So what is fetched
or loaded is what rollcall.db showed then, however much it shows meanwhile.
"""

from pathlib import Path

import msgspec
import structlog

from rollcall.model.record import decode_record
from rollcall.storage.errors import JournalCorruptError
from rollcall.storage.journal_cut import kept_whole
from rollcall.storage.journal_format import Position, decode_group
from rollcall.storage.journal_scan import JournalScan
from rollcall.storage.record_table import RecordTable
from rollcall.storage.view import View

_log = structlog.get_logger("rollcall.recovery")


class Recovery(msgspec.Struct, frozen=True):
    """What was found."""

    end: Position
    """Where the valid journal ends: where `JournalFile` goes on."""
    records: int
    """Records known from the journal's tail."""
    groups: int
    """Groups read from there."""
    stream_aors: tuple[str, ...]
    """Those of them with a binding that came over a stream: its connection is gone now."""
    highest_binding_id: int
    """Of the view and the tail."""
    damage: JournalCorruptError | None = None
    """With `force`: what was found damaged and given up."""


def recover(view: View, journal: Path, table: RecordTable, *, force: bool = False) -> Recovery:
    """Fill `table` from `journal` behind `view`, and let it fetch the rest from `view`.

    Raises `JournalCorruptError`, naming file and offset, unless `force` gives up what is damaged
    and all behind it; `JournalGapError`; `sqlite3.Error`; `OSError`.
    """
    journal.mkdir(mode=0o700, exist_ok=True)
    with kept_whole(journal):
        start, highest = view.begin()
        table.begin_loading(view.fetch)
        return _read_tail(JournalScan(journal, start, force=force), start, highest, table)


def _read_tail(scan: JournalScan, start: Position, highest: int, table: RecordTable) -> Recovery:
    last = start.group
    groups = 0
    streams: dict[str, None] = {}
    for _, payload in scan:
        group = decode_group(payload)
        last = group.number
        groups += 1
        for change in group.changes:
            encoded = bytes(change.record)
            record = decode_record(encoded)
            table.put(record, encoded)
            streams.pop(record.aor, None)
            for binding in record.bindings:
                highest = max(highest, binding.id)
                if binding.connection:
                    streams[record.aor] = None
    _tell(scan)
    end = Position(scan.end.segment, scan.end.offset, last)
    return Recovery(end, len(table), groups, tuple(streams), highest, scan.damage)


def _tell(scan: JournalScan) -> None:
    if scan.torn is not None:
        _log.warning(
            "journal_torn_entry_cut",
            file=str(scan.torn.path),
            offset=scan.torn.offset,
            bytes=scan.torn.length,
            meaning="the machine stopped while this group was written; it was never acknowledged",
        )
    if scan.damage is not None:
        _log.error("journal_damage_given_up", error=str(scan.damage))
