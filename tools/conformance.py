"""Writes `docs/conformance.md`: which tests prove which rule of which RFC.

Tests say it themselves, with `@pytest.mark.rfc(number, section, rule)`; this collects the
marks and lays them out. With `--check` nothing is written: the exit status tells whether
the page is up to date and whether every rule that must be proved has a test.
"""

import contextlib
import io
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"

RFCS = {
    "2617": "HTTP Authentication: Basic and Digest",
    "3261": "SIP: Session Initiation Protocol",
    "3327": "Path: registering non-adjacent contacts",
    "3581": "Symmetric response routing (rport)",
    "3665": "SIP basic call flow examples",
    "4475": "SIP torture test messages",
    "5118": "SIP torture test messages for IPv6",
    "5626": "Managing client-initiated connections (outbound)",
    "7616": "HTTP Digest access authentication",
    "8760": "SIP Digest with SHA-256 and SHA-512/256",
}

REGISTER_STEPS = {
    "step 1": "A Request-URI for a domain that is not ours is not registered here.",
    "step 2": "An extension in Require that is not supported is refused with 420.",
    "step 3": "The user is authenticated.",
    "step 4": "An authenticated user may change only the bindings that are its own (403).",
    "step 5": "The address-of-record comes from To, in canonical form; unknown: 404.",
    "step 6": "No Contact: nothing changes. `*`: alone, with Expires 0, by Call-ID and CSeq.",
    "step 7": "Each Contact: its expiry, 423 below the minimum, order by Call-ID and CSeq, all or"
    " nothing.",
    "step 8": "The 200 lists every current binding with its own expires.",
}

REQUIRED_RFCS = ("2617", "3261", "3581", "4475", "5626", "7616", "8760")
REQUIRED_SECTIONS = (
    ("3261", "8.2.2"),
    ("3261", "10.2"),
    ("3261", "18.2.2"),
    ("3261", "18.3"),
    ("3261", "19.1.4"),
    ("3261", "22"),
)
"""Of RFC 3261, besides the steps of section 10.3; a subsection counts for its section."""

REGISTER_SECTION = ("3261", "10.3")


class Rule(NamedTuple):
    """What a mark names."""

    rfc: str
    section: str
    text: str


Proofs = dict[Rule, set[str]]


class Collector:
    """A pytest plugin that keeps the marks of every collected test."""

    def __init__(self) -> None:
        self.proofs: Proofs = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Called once, with all tests."""
        for item in items:
            test = item.nodeid.partition("[")[0]
            for mark in item.iter_markers("rfc"):
                number, section, text = (*(str(value) for value in mark.args), "", "")[:3]
                self.proofs[Rule(number, section, text)].add(test)


def collect() -> Proofs:
    """The marks of all tests; raises SystemExit with pytest's words when it cannot."""
    collector = Collector()
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        status = pytest.main(
            ["--collect-only", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "tests"],
            plugins=[collector],
        )
    if status != pytest.ExitCode.OK:
        sys.exit(f"{words.getvalue()}\nconformance: the tests cannot be collected")
    return collector.proofs


def by_number(section: str) -> tuple[tuple[int, str], ...]:
    """Sorting key that puts 10.3 behind 9.1; words come last."""
    return tuple(
        (int(part), "") if part.isdigit() else (sys.maxsize, part) for part in section.split(".")
    )


def within(section: str, outer: str) -> bool:
    """Whether `section` is `outer` or one of its subsections."""
    return section == outer or section.startswith(f"{outer}.")


def test_list(tests: Iterable[str]) -> str:
    """One line of links to tests; the files are relative to the page."""
    links = []
    for test in sorted(tests):
        path, _, name = test.partition("::")
        links.append(f"[`{name.replace('::', '.')}`](../{path})")
    return ", ".join(links)


def steps_table(proofs: Proofs) -> list[str]:
    """Section 10.3, step by step."""
    lines = ["| step | rule | tests |", "|---|---|---|"]
    for step, words in REGISTER_STEPS.items():
        tests = proofs.get(Rule(*REGISTER_SECTION, step), set())
        lines.append(
            f"| {step.removeprefix('step ')} | {words} | {test_list(tests) or '**none**'} |"
        )
    return lines


def sections_table(number: str, proofs: Proofs) -> list[str]:
    """All other marks of one RFC."""
    rules = [
        rule
        for rule in proofs
        if rule.rfc == number and not (rule[:2] == REGISTER_SECTION and rule.text in REGISTER_STEPS)
    ]
    rules.sort(key=lambda rule: (by_number(rule.section), rule.text))
    lines = ["| section | rule | tests |", "|---|---|---|"]
    lines += [f"| {r.section} | {r.text} | {test_list(proofs[r])} |" for r in rules]
    return lines if rules else []


def render(proofs: Proofs) -> str:
    """The page."""
    lines = [
        "# Conformance",
        "",
        "Which tests prove which rule. Written by `make docs` from the `rfc` marks of the tests;",
        "`make lint` fails when it is out of date or when a rule that must be proved has no test.",
        "",
        "## RFC 3261 section 10.3: what a registrar does with a REGISTER",
        "",
        *steps_table(proofs),
    ]
    numbers = sorted({rule.rfc for rule in proofs}, key=by_number)
    for number in numbers:
        name = f"RFC {number}" if number.isdigit() else number
        title = f"{name}: {RFCS[number]}" if number in RFCS else name
        if table := sections_table(number, proofs):
            lines += ["", f"## {title}", "", *table]
    return "\n".join(lines) + "\n"


def missing(proofs: Proofs) -> list[str]:
    """Rules that must be proved and are not, in words."""
    gaps = [
        f"RFC 3261 section 10.3 {step}"
        for step in REGISTER_STEPS
        if not proofs.get(Rule(*REGISTER_SECTION, step))
    ]
    proved = {(rule.rfc, rule.section) for rule in proofs}
    gaps += [f"RFC {n}" for n in REQUIRED_RFCS if not any(n == rfc for rfc, _ in proved)]
    gaps += [
        f"RFC {number} section {section}"
        for number, section in REQUIRED_SECTIONS
        if not any(rfc == number and within(given, section) for rfc, given in proved)
    ]
    return gaps


def main() -> None:
    """Write the page, or compare it."""
    proofs = collect()
    page = render(proofs)
    faults = [f"no test for {gap}" for gap in missing(proofs)]
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page)
        print(f"wrote {PAGE.relative_to(ROOT)}")
    elif not PAGE.exists() or PAGE.read_text() != page:
        faults.append(f"{PAGE.relative_to(ROOT)} is out of date: run `make docs`")
    if faults:
        sys.exit("\n".join(f"conformance: {fault}" for fault in faults))


if __name__ == "__main__":
    main()
