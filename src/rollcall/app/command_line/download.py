"""Save something large the server sends, with progress on a terminal."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rollcall.app.command_line.failure import CommandError
from rollcall.app.command_line.rest import Api, Query
from rollcall.app.command_line.screen import err, tell

if TYPE_CHECKING:
    import httpx

FORMATS = ("csv", "json", "xlsx")

KILO = 1024.0


def save(api: Api, path: str, query: Query, file: Path, mode: int = 0o644) -> None:
    """Write what `path` sends into `file`, whole or not at all.

    `mode`: permissions of the file, before the umask. Raises `CommandError`.
    """
    with api.download(path, query) as response:
        size = _write_whole(file, _with_progress(response, file.name), mode)
        rows = response.headers.get("X-Total-Count")
    said = f"{int(rows):,} rows, " if rows and rows.isdigit() else ""
    tell(f"{file}: {said}{size_text(size)}", style="good")


def size_text(size: float) -> str:
    """`512 bytes`, `3.4 MiB`."""
    if size < KILO:
        return f"{int(size)} bytes"
    for unit in ("KiB", "MiB"):
        size /= KILO
        if size < KILO:
            return f"{size:.1f} {unit}"
    return f"{size / KILO:.1f} GiB"


def _write_whole(file: Path, pieces: Iterable[bytes], mode: int) -> int:
    """Write beside `file`, flush to disk, and put it in its place; gives the bytes written."""
    size = 0
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as target:
            for piece in pieces:
                size += target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(mode & ~mask)
        Path(name).replace(file)
    except OSError as error:
        _remove(name)
        raise CommandError(f"cannot write {file}: {error.strerror}") from error
    except BaseException:
        _remove(name)
        raise
    return size


def _remove(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        Path(name).unlink()


def _with_progress(response: "httpx.Response", name: str) -> Iterator[bytes]:
    """The pieces of the answer, counted on standard error when that is a terminal."""
    console = err()
    if not console.is_terminal:
        yield from response.iter_bytes()
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    length = response.headers.get("Content-Length")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task(name, total=int(length) if length else None)
        for piece in response.iter_bytes():
            progress.advance(task, len(piece))
            yield piece
