"""A process that does not wait for its threads."""

import subprocess
import sys

BUSY = """
import threading
from rollcall.app.last_resort import end_after
end_after({seconds}, 3)
threading.Thread(target=threading.Event().wait, args=({work},)).start()
"""


def run(**values: float) -> subprocess.CompletedProcess[str]:
    code = BUSY.format(**values)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )


def test_a_thread_that_is_busy_does_not_keep_the_process_alive() -> None:
    done = run(seconds=0.1, work=60)
    assert done.returncode == 3
    assert "in the middle of long work" in done.stdout + done.stderr


def test_a_process_that_ends_by_itself_is_left_alone() -> None:
    done = run(seconds=60, work=0.01)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
