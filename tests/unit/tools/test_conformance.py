"""The page of proofs: what is missing is told, and what is there is laid out."""

from tools.conformance import (
    REGISTER_STEPS,
    REQUIRED_RFCS,
    REQUIRED_SECTIONS,
    Proofs,
    Rule,
    missing,
    render,
)

TEST = "tests/unit/a/test_b.py::test_c"


def everything() -> Proofs:
    rules = [Rule("3261", "10.3", step) for step in REGISTER_STEPS]
    rules += [Rule(number, "1", "") for number in REQUIRED_RFCS]
    rules += [Rule(number, f"{section}.1", "") for number, section in REQUIRED_SECTIONS]
    return {rule: {TEST} for rule in rules}


def test_nothing_is_missing_when_all_is_proved() -> None:
    assert missing(everything()) == []


def test_a_step_without_a_test_is_missing() -> None:
    proofs = everything()
    del proofs[Rule("3261", "10.3", "step 7")]
    assert missing(proofs) == ["RFC 3261 section 10.3 step 7"]


def test_an_rfc_without_a_test_is_missing() -> None:
    proofs = everything()
    del proofs[Rule("7616", "1", "")]
    assert missing(proofs) == ["RFC 7616"]


def test_a_section_with_a_longer_number_does_not_count() -> None:
    proofs = everything()
    del proofs[Rule("3261", "22.1", "")]
    proofs[Rule("3261", "221", "")] = {TEST}
    assert missing(proofs) == ["RFC 3261 section 22"]


def test_page_links_to_the_test_and_puts_10_behind_9() -> None:
    proofs: Proofs = {
        Rule("3261", "10.3", "step 1"): {TEST},
        Rule("3261", "10.2", ""): {TEST},
        Rule("3261", "9.1", ""): {TEST},
    }
    page = render(proofs)
    assert "| 1 | A Request-URI" in page
    assert "[`test_c`](../tests/unit/a/test_b.py)" in page
    assert page.index("| 9.1 |") < page.index("| 10.2 |")
    assert "| 2 | " in page
    assert "**none**" in page
