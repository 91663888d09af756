"""Prompts as the roles get them, and no key from the machine that runs the tests."""

import pytest

from models import LABELS, Role

SESSION = """\
## Viewed before the session (oldest first)
"Opal Ferry" [Puzzle, Mystery]; "Lunar Vault" [Strategy]; "Jade Engine" [Racing, Puzzle]

## This session
1. plan: puzzles first | shown "Quiet Garden" [Puzzle] | rated 4.4
2. plan: a step aside | shown "Feral Parade" [Sports, Horror] | the user left
"""
CATALOGUE = """\
## Catalogue (new to the user; ~ is the expected rating)
- "Amber Quarry" [Puzzle] ~4.2
- "Hollow Zephyr" [Strategy, Farming] ~4.1
- "Thorn Harbour" [Horror] ~1.3
"""


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def prompt_for(role: Role, before: str = "") -> str:
    """A prompt that asks this role to speak."""
    turn = "## Your turn\nSay a number from 0 to 10, or whatever you are asked."
    return f"{SESSION}\n{CATALOGUE}\n{before}{turn}\n{LABELS[role]}"
