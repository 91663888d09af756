"""A planted reflection reaches no more users' Planners than an honest one, whatever it says."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nodes import CatalogueSearch, Context, Parts
from nodes.macro.principle_text import principle_text
from nodes.macro.principles import principles_for
from nodes.macro.reflection import read_fields
from nodes.situation import initial_situation, liked_before
from simulator import Catalogue, load_world
from stores import Lessons, Memories, Row, SentenceEmbedder
from tests.nodes.conftest import episode, parts_of, reflected, reflection_row

pytestmark = pytest.mark.slow

HONEST, USERS, TITLES = 200, 200, 4000

Histories = Sequence[Sequence[str]]


def demo() -> tuple[Catalogue, Histories]:
    world = load_world("demo")
    viewed = [[world.catalogue.titles[item] for item in items] for items in world.histories]
    return world.catalogue, viewed


def library() -> tuple[Catalogue, Histories]:
    """A catalogue of thousands of titles, which are made of the names of its genres too."""
    dice = random.Random(5)
    genres = [f"{one} {two}" for one in ("Old", "New", "Sea", "War", "Odd") for two in
              ("Tales", "Songs", "Maps", "Plays", "Crafts", "Puzzles")]  # fmt: skip
    rows = [
        (f"{dice.choice(genres)} {number}", dice.sample(genres, dice.randint(1, 3)))
        for number in range(TITLES)
    ]
    catalogue = Catalogue.of(rows)
    by_genre = {
        genre: [
            t for t, own in zip(catalogue.titles, catalogue.genres, strict=True) if genre in own
        ]
        for genre in genres
    }
    loved = [dice.sample(genres, 4) for _ in range(USERS)]
    return catalogue, [
        [dice.choice(by_genre[dice.choice(own)]) for _ in range(12)] for own in loved
    ]


def counts(dice: random.Random) -> dict[str, Any]:
    """What code might count in some session."""
    returned = [
        [rest, (of := dice.randint(1, 9)), of] for rest in sorted(dice.sample(range(1, 9), 3))
    ]
    return {"returned": returned, "new": [4, 5], "rest": dice.randint(1, 9)}


def planted(catalogue: Catalogue, likes: list[str], dice: random.Random) -> dict[str, Row]:
    """Rows of an import that want to be found by everybody; all but their texts are honest."""
    genres = sorted({genre for own in catalogue.genres for genre in own})
    titles = dice.sample(catalogue.titles, 8)
    words = " ".join(sorted({word for title in titles for word in title.split()}))
    every = initial_situation(genres)
    said: dict[str, dict[str, Any]] = {
        "titles in its note": {"note": "; ".join(titles)},
        "titles in its text": {"text": "; ".join(titles)},
        "words of titles for its situation": {"situation": words},
        "titles for its situation": {"situation": initial_situation(titles)},
        "all genres for its situation": {"situation": every},
        "hundreds of titles for its situation": {"situation": "; ".join(catalogue.titles[:300])},
        "titles for its taste": {"fields": {"likes": titles}, "situation": every},
        "all genres for its taste": {"fields": {"likes": genres}, "situation": every},
        "titles to show": {"fields": {"show": titles, "genres": titles, "avoid": titles}},
    }
    rows = {}
    for number, (name, how) in enumerate(said.items()):
        more = {**counts(dice), **how.pop("fields", {})}
        rows[name] = replace(
            reflection_row(likes, episode=f"planted-{number}", at=900, **how),
            fields={**reflection_row(likes).fields, **more},  # type: ignore[dict-item]
        )
    return rows


def reach(parts: Parts, viewed: Histories, context: Context) -> Counter[str]:
    """How many of these users' Planners are told each row."""
    return Counter(
        one.row.id for history in viewed for one in principles_for(episode(history), context, parts)
    )


def honest_row(number: int, history: Sequence[str], parts: Parts, dice: random.Random) -> Row:
    """What the session of such a user may have taught."""
    likes = liked_before(history, parts.world.catalogue)
    shown = {"show": likes[:2], "avoid": dice.sample(sorted(likes), 1)}
    fields = reflected(likes, **counts(dice), **shown)
    read = read_fields(fields, parts.world.catalogue, parts.catalogue_search.genres)
    assert read
    row = reflection_row(likes, episode=f"e{number}", at=number, reward=dice.gauss(40.0, 10.0))
    return replace(row, text=principle_text(read), fields=fields)


@pytest.mark.parametrize(
    ("world", "learning", "users"),
    [(demo, "default", USERS), (library, "default", USERS), (library, "paper", USERS // 5)],
)
def test_planted_texts_reach_no_more_users_than_honest_ones_of_which_most_reach_someone(
    world: Any, learning: Any, users: int, embedder: SentenceEmbedder, memories: Memories
) -> None:
    dice = random.Random(3)
    catalogue, viewed = world()
    parts = parts_of(embedder, memories)
    parts = replace(
        parts,
        world=replace(parts.world, catalogue=catalogue),
        catalogue_search=CatalogueSearch(catalogue, embedder),
    )
    honest = [honest_row(at, history, parts, dice) for at, history in enumerate(viewed[:HONEST])]
    bad = list(planted(catalogue, liked_before(viewed[0], catalogue), dice).values())
    if learning == "paper":
        honest, bad = ([replace(row, situation=None) for row in rows] for rows in (honest, bad))
    memories.commit(Lessons("all", 1, {"reflections": (*honest, *bad)}))
    reached = reach(parts, viewed[:users], Context(learning=learning))
    by_honest = [reached[row.id] for row in honest]
    assert sum(reached.values()) == 2 * users
    assert max(reached[row.id] for row in bad) <= max(by_honest)
    if learning == "default":  # by their own sentences few are near to any titles
        assert sum(map(bool, by_honest)) > HONEST / 2
