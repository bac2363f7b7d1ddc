"""Writes the lock files anew: `requirements.lock` to run, `requirements-dev.lock` to work.

Exact versions with hashes and without any address, so that they hold for every mirror.
The second takes over the first one's versions: what is tested is what is run.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = "requirements.lock"
DEVELOP = "requirements-dev.lock"
OPTIONS = (
    "--python-version=3.11",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
    "--upgrade",
    "--quiet",
)


def compile_lock(target: str, *extra: str) -> None:
    """Resolve `pyproject.toml` into `target`; raises CalledProcessError when it cannot."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "compile", "pyproject.toml", *OPTIONS, *extra, "--output-file", target],
        cwd=ROOT,
        check=True,
    )
    print(f"wrote {target}")


def main() -> None:
    """Write both."""
    # The build backend belongs to both: rollcall is installed without build isolation.
    compile_lock(RUN, "--group=build")
    compile_lock(DEVELOP, "--group=build", "--group=dev", f"--constraint={RUN}")


if __name__ == "__main__":
    main()
