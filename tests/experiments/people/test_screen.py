"""What `billp play` says to a person."""

import io
from typing import Any

import pytest
from rich.console import Console

from experiments.people.screen import HELP, LEGEND, Screen

QUESTION = {"problem": None, "item": "Hades", "genres": ["Action"], "shown": [], "round": 1}
STATE: dict[str, Any] = {"thought": "Next: Puzzle.", "principles": []}
ENDED: dict[str, Any] = {
    "ending": {"rounds": 1, "terminated": True, "mean_reward": 1.0},
    "reflection": "",
    "remembered": {"experiences": 1},
}


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(said: io.StringIO) -> Screen:
    return Screen(Console(file=said, width=80))


def answering(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize("word", ["help", "h", "HELP"])
def test_help_says_what_each_answer_does_and_asks_again(
    word: str, screen: Screen, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, word, "4")
    assert screen.ask(QUESTION, STATE) == "4"
    assert "\n".join(HELP) in said.getvalue()


def test_a_resumed_session_is_told_the_answers_too(screen: Screen, said: io.StringIO) -> None:
    screen.show_start("demo", "billp", "offline", resumed=True)
    first, *rest = said.getvalue().splitlines()
    assert first == "World 'demo', method 'billp', chat model 'offline': going on"
    assert " ".join(rest) == LEGEND


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("quit", "You left over 'Hades': it counts as 1, the lowest rating."),
        ("end", "You did not rate 'Hades': it does not count."),
    ],
)
def test_an_item_left_unrated_is_explained(
    answer: str, told: str, screen: Screen, said: io.StringIO
) -> None:
    screen.show_end(ENDED, "Hades", answer)
    assert said.getvalue().splitlines()[0] == told


def test_a_rated_item_needs_no_explanation(screen: Screen, said: io.StringIO) -> None:
    screen.show_end(ENDED, "Hades", "4")
    assert said.getvalue().startswith("You left after 1 round, rated 1.0 on average.")


def test_the_command_that_goes_on_has_a_line_of_its_own(screen: Screen, said: io.StringIO) -> None:
    screen.show_resume("billp play --thread mine")
    assert said.getvalue() == "Saved. To go on:\nbillp play --thread mine\n"
