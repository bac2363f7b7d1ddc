"""The commands that the documents show, to be run as they stand."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "guide"

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shell_lines(page: Path) -> list[str]:
    """Lines of all blocks marked `sh`; other blocks are not meant to be run by a test."""
    blocks = _BLOCK.findall(page.read_text())
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def pages_with_commands() -> list[Path]:
    """Pages of the guide that show commands."""
    return [page for page in sorted(GUIDE.glob("*.md")) if shell_lines(page)]
