"""Parameters, commands and settings are documented, and links lead somewhere."""

from pathlib import Path

import pytest
from tools import links
from tools.reference import GUIDE, PAGES, commands_page, parameters_page, settings_page

from rollcall.app.configuration import Settings
from rollcall.model.parameter import PARAMETERS


@pytest.mark.parametrize("name", PAGES)
def test_page_is_up_to_date(name: str) -> None:
    assert (GUIDE / name).read_text() == PAGES[name](), "run `make docs`"


def test_every_parameter_is_on_its_page() -> None:
    page = parameters_page()
    names = [name for parameter in PARAMETERS for name in (parameter.key, *parameter.aliases)]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_setting_is_on_its_page_and_says_what_it_is() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Settings.model_fields)
    assert [row for row in rows if row.rstrip(" |").endswith("`")] == []


@pytest.mark.parametrize(
    "words",
    [
        *("serve", "phone add", "phone list", "phone show", "phone set", "phone remove"),
        *("phone import", "account add", "account list", "account show", "account set"),
        *("account remove", "registrations", "registrations show", "registrations export"),
        *("unregister", "events", "failures", "param list", "param get", "param set"),
        *("param reset", "backup", "restore", "check", "version"),
    ],
)
def test_command_is_there_and_documented(words: str) -> None:
    page = commands_page()
    heading = f"## rollcall {words}\n\n"
    assert heading in page
    about = page.partition(heading)[2].partition("\n")[0]
    assert len(about) > 10, f"`rollcall {words}` does not say what it does"


def test_links_lead_somewhere() -> None:
    pages = [links.ROOT / "README.md", links.ROOT / "CONTRIBUTING.md", *GUIDE.glob("*.md")]
    assert [fault for page in pages for fault in links.faults(page)] == []


def test_a_dead_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# A heading\n[one](#a-heading) [two](#another) [three](gone.md)\n")
    assert links.faults(page) == [
        "page.md: #another names no heading",
        "page.md: gone.md is not there",
    ]
