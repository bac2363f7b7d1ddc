"""Long runs: the same tests again and again, with more examples and new random numbers.

`make soak` runs for an hour; `make soak ARGS="--minutes 10"` shorter. It stops at the first
failure, with pytest's own words, and tells how often each part was run.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PARTS = {
    "kills under load": ["tests/integration/test_durability_kill.py"],
    "failing disks": ["tests/integration/test_durability_disk.py"],
    "fuzzing": ["tests/unit", "-m", "hypothesis"],
    "softphones": ["tests/interop"],
}


def play(part: str, seed: int) -> None:
    """Run one part once; raises CalledProcessError when a test fails."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "--timeout=3600"),
            f"--hypothesis-seed={seed}",
            *PARTS[part],
        ],
        cwd=ROOT,
        env={**os.environ, "ROLLCALL_HYPOTHESIS_PROFILE": "soak"},
        check=True,
    )


def main() -> None:
    """Go round until the time is over; every part is run at least once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part")
    chosen = parser.parse_args()
    parts = chosen.part or list(PARTS)
    until = time.monotonic() + 60 * chosen.minutes
    rounds = 0
    try:
        while rounds == 0 or time.monotonic() < until:
            for part in parts:
                print(f"round {rounds + 1}: {part}", flush=True)
                play(part, seed=time.time_ns() % 2**32)
            rounds += 1
    except subprocess.CalledProcessError:
        sys.exit(f"failed after {rounds} whole rounds")
    print(f"{rounds} whole rounds of {', '.join(parts)}, nothing failed")


if __name__ == "__main__":
    main()
