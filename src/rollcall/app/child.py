"""How one of the server's two processes begins and ends; both use it the same way.

The supervisor starts `python -m rollcall.app.child rollcall.app.sip_process` with the settings as
JSON on standard input. A process that cannot start for a reason only a person can mend (an occupied
port, a key that does not fit) says so in one line and exits with `FATAL_STATUS`; it is not
started again, the whole server ends. Any other end is followed by a restart.
"""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rollcall.app.configuration import Settings

FATAL_STATUS = 78
"""EX_CONFIG of sysexits.h: trying again will not help."""

_PR_SET_PDEATHSIG = 1  # prctl(2), linux/prctl.h


class FatalStartError(Exception):
    """The process cannot start and trying again will not help; one line for the operator."""


def start(module: str) -> NoReturn:
    """Be the child whose function `main` is in `module`."""
    _settle_in()
    # Loading makes objects that stay: looking at them again and again takes a fifth of its time.
    gc.disable()
    main: Callable[[Settings], None] = import_module(module).main
    gc.freeze()
    gc.enable()
    _live(main)


def run(main: "Callable[[Settings], None]") -> NoReturn:
    """Be a child of the server: settle in, call `main` with the settings, exit."""
    _settle_in()
    _live(main)


def _live(main: "Callable[[Settings], None]") -> NoReturn:
    from rollcall.app.configuration import Settings

    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    try:
        main(settings)
    except FatalStartError as error:
        sys.stderr.write(f"rollcall: {error}\n")
        sys.stderr.flush()
        sys.exit(FATAL_STATUS)
    sys.exit(0)


def _settle_in() -> None:
    """Die with the supervisor, and leave Ctrl-C to it.

    The kernel kills this process when the supervisor dies (the lock must be free again at
    once, and what was acknowledged is on disk). The supervisor may have died before that
    was arranged; then this process has another parent than it was told.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    told = os.environ.get("ROLLCALL_SUPERVISOR", "")
    if told and told != str(os.getppid()):
        os.kill(os.getpid(), signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    # By its name, so that there is one `FatalStartError`.
    import_module("rollcall.app.child").start(sys.argv[1])
