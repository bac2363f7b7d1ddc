"""The end of a process that may not wait for its threads.

Python ends only when all threads have. One of them may be writing a workbook of a million rows or
importing a file of phones, and cannot be interrupted. Nothing is lost by not waiting: an unfinished
transaction never happened, and what was acknowledged is on disk.
"""

import os
import threading

import structlog

_log = structlog.get_logger(__name__)


def end_after(seconds: float, status: int) -> None:
    """End this process after `seconds` with `status`, if it has not ended by itself by then."""
    timer = threading.Timer(seconds, _end, (status,))
    timer.daemon = True
    timer.start()


def _end(status: int) -> None:
    _log.warning("stopped in the middle of long work, which was dropped")
    os._exit(status)
