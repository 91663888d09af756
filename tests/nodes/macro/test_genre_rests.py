"""The Planner is told the catalogue's genres and when each was shown last."""

from hypothesis import given
from hypothesis import strategies as st

from models import Role, prompt_text
from nodes import Context, plan
from nodes.macro.genre_rests import MOST, MOST_UNSEEN, genre_rests, genres_text
from simulator import Catalogue, QuitRule
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, steps_of

REPLY: dict[Role, list[str]] = {"planner": ["Thought: Puzzles first."]}
TITLES = ["Amber Quarry", "Lunar Vault", "Quiet Garden", "Feral Parade"]
COMMON = ("Puzzle", "Racing", "Strategy", "Farming", "Horror", "Mystery", "Sports")


def test_genres_are_told_with_the_rounds_since_they_were_shown_last() -> None:
    assert genres_text(steps_of(TITLES), SHOP, COMMON) == (
        "Shown in this session: Sports 1 round ago, Puzzle 2, Farming 2, Strategy 3\n"
        "Never shown: Racing, Horror, Mystery"
    )


def test_before_the_first_round_no_genre_was_shown() -> None:
    assert genres_text([], SHOP, COMMON[:2]) == "Never shown: Puzzle, Racing"


def test_of_genres_not_shown_yet_the_first_few_are_told() -> None:
    genres = [f"Kind {number}" for number in range(MOST_UNSEEN + 1)]
    assert genres_text([], SHOP, genres) == f"Never shown: {', '.join(genres[:MOST_UNSEEN])}"


def test_titles_that_the_catalogue_lacks_have_no_genres() -> None:
    assert genre_rests(steps_of(["Elsewhere", "Feral Parade"]), SHOP) == {"Sports": 1}


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=40), unique=True, max_size=60))
def test_many_and_long_genres_take_at_most_eighty_tokens(genres: list[str]) -> None:
    catalogue = Catalogue.of([(genre, [genre]) for genre in genres])
    steps = steps_of(list(catalogue.titles)[::2])
    text = genres_text(steps, catalogue, [genres[0] for genres in catalogue.genres])
    assert len(text) <= 320 + len("\n")
    assert sum(genre in text.replace(":", ",").split(", ") for genre in genres) <= MOST


async def test_the_planner_reads_them_whatever_the_worlds_window_is(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    told = []
    for window in (0, 2, 6):
        witness = Witness()
        rule = QuitRule(beta=0.5, window=window)
        parts = parts_of(embedder, memories, REPLY, rule, witness)
        await plan(episode(steps=steps_of(TITLES)), Context(), parts)
        told.append(prompt_text(witness.prompts[0]))
    assert "## Genres of the catalogue\nShown in this session: Sports 1 round ago, " in told[0]
    assert told[0] == told[1] == told[2]
