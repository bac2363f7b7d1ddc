"""/backup: one file with everything, made while the server runs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from rollcall.api.audit import audited
from rollcall.api.identity import Admin, HouseOf

router = APIRouter(tags=["backup"])

PIECE = 256 * 1024
"""Bytes read at a time."""


@router.get("/backup", response_class=StreamingResponse)
async def download_backup(house: HouseOf, admin: Admin) -> StreamingResponse:
    """Database, journal and keys in one tar file. It holds secrets: keep it as one."""
    file = await house.backup()
    note = audited(house, admin, "backup", "")
    await house.write(lambda repositories: repositories.add_audit(note))
    stamp = datetime.fromtimestamp(house.wall(), UTC).strftime("%Y%m%d-%H%M%S")
    headers = {
        "Content-Disposition": f'attachment; filename="rollcall-{stamp}.tar"',
        "Content-Length": str(file.stat().st_size),
    }
    return StreamingResponse(_pieces(file), media_type="application/x-tar", headers=headers)


def _pieces(file: Path) -> Iterator[bytes]:
    """The file in pieces; it is removed at the end, also when the client goes away."""
    try:
        with file.open("rb") as opened:
            while piece := opened.read(PIECE):
                yield piece
    finally:
        file.unlink(missing_ok=True)
