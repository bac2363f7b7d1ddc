"""Children for the supervisor that connect to the test and do what it says.

A child sends its name, then reads one line: `exit N`, or nothing until it is ended. With the
variable STUBBORN it does not mind SIGTERM.
"""

import os
import signal
import socket
import sys
from typing import NoReturn


def live(name: str) -> NoReturn:
    """Be the child `name`."""
    settings = sys.stdin.read()
    if "data_dir" not in settings:
        sys.exit(99)
    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["TEST_SOCKET"])
        line.sendall(f"{name} {os.getpid()}\n".encode())
        order = line.makefile().readline().split()
    sys.exit(int(order[1]) if order else 0)
