"""Checks every relative link of the documents: the file is there, and so is the heading."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r'(?:src|href)="([^"]+)"')
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("http://", "https://", "mailto:")


def anchors(page: Path) -> set[str]:
    """The fragments that the headings of a page answer to."""
    text = CODE.sub("", page.read_text())
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def faults(page: Path) -> list[str]:
    """Links of one page that lead nowhere."""
    found = []
    text = CODE.sub("", page.read_text())
    for target in LINK.findall(text) + IMAGE.findall(text):
        if target.startswith(ELSEWHERE):
            continue
        name, _, fragment = target.partition("#")
        aim = (page.parent / name).resolve() if name else page
        if not aim.exists():
            found.append(f"{page.relative_to(ROOT)}: {target} is not there")
        elif fragment and fragment not in anchors(aim):
            found.append(f"{page.relative_to(ROOT)}: {target} names no heading")
    return found


def main() -> None:
    """Check README, CONTRIBUTING, CHANGELOG and everything in docs."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]
    found = [fault for page in sorted(pages) for fault in faults(page)]
    if found:
        sys.exit("\n".join(f"links: {fault}" for fault in found))


if __name__ == "__main__":
    main()
