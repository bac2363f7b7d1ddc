"""What rollcall.db shows, and what a start makes of a data directory."""

from pathlib import Path

from rollcall.model.record import AorRecord, decode_record
from rollcall.storage.record_table import RecordTable
from rollcall.storage.recovery import recover
from rollcall.storage.view import View


def shown(database: Path) -> dict[str, AorRecord]:
    """The records that the database holds."""
    found = [one for _, chunk in View(database).chunks(3) for one in chunk]
    return {one.aor: decode_record(one.encoded) for one in found}


def recovered(database: Path, journal: Path) -> dict[str, AorRecord]:
    """The records a server that starts there would know once all is loaded."""
    view = View(database)
    table = RecordTable()
    recover(view, journal, table)
    if database.exists():
        for _, chunk in view.chunks(3):
            table.load(chunk)
    table.end_loading()
    view.close()
    return {aor: found for aor in table.aors() if (found := table.get(aor)) is not None}
