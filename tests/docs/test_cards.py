"""The data cards of worlds say what the worlds are, and what they cannot tell."""

import runpy

import pytest

from tests.system.processes import ROOT

CARDS = ROOT / "docs" / "cards"
PROGRAM = runpy.run_path(str(ROOT / "docs" / "programs" / "cards.py"))


@pytest.mark.slow
def test_the_card_of_the_demo_world_is_what_the_program_writes() -> None:
    written = PROGRAM["card_page"]("demo", *PROGRAM["read"]("demo"))
    assert (CARDS / "demo.md").read_text(encoding="utf-8") == written, (
        "give `python docs/programs/cards.py demo`"
    )


@pytest.mark.parametrize("name", PROGRAM["WORDS"])
def test_a_card_names_source_and_licence_and_what_it_cannot_tell(name: str) -> None:
    page, words = (CARDS / f"{name}.md").read_text(encoding="utf-8"), PROGRAM["WORDS"][name]
    assert [limit for limit in words.limits if f"- {limit}\n" not in page] == []
    assert (words.source.licence if words.source else "MIT") in page
    assert "| accepted items |" in page
