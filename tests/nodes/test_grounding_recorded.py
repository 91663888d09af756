"""Grounding, replayed on 280 recorded Steam sessions with the paper's catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pytest

from nodes.catalogue.grounding import Grounded, Grounder, normalised
from nodes.parsing.action import parse_action
from simulator import Catalogue
from stores import SentenceEmbedder
from tests.nodes.conftest import records

pytestmark = pytest.mark.system  # embeds 6,012 titles: half a minute

Genres = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Replayed:
    """One reply, what was shown before it in its session, and what it was grounded to."""

    reply: str
    shown: tuple[int, ...]
    grounded: Grounded


@pytest.fixture(scope="module")
def catalogue(reference: Path) -> Catalogue:
    rows = records(reference / "catalogues" / "steam.jsonl.gz")
    return Catalogue.of((row["title"], row["genres"]) for row in rows)


@pytest.fixture(scope="module")
def genres(reference: Path) -> Genres:
    """The genres of all Steam games, those that the catalogue lacks included."""
    rows = records(reference / "catalogues" / "steam-all-genres.jsonl.gz")
    return {normalised(row["title"]): frozenset(row["genres"]) for row in rows}


@pytest.fixture(scope="module")
def grounder(catalogue: Catalogue, embedder: SentenceEmbedder) -> Grounder:
    return Grounder(catalogue, embedder)


@pytest.fixture(scope="module")
def replay(reference: Path, grounder: Grounder) -> list[Replayed]:
    """All sessions as they would have gone, an item a reply and none twice."""
    replayed = []
    for file in sorted((reference / "transcripts").glob("steam_*.jsonl.gz")):
        for session in records(file):
            shown: tuple[int, ...] = ()
            for step in session["steps"]:
                reply = parse_action(step["action"])
                grounded = grounder.ground(reply, shown)
                replayed.append(Replayed(reply, shown, grounded))
                shown = (*shown, grounded.item)
    return replayed


def likenesses(steps: Iterable[Replayed], catalogue: Catalogue, genres: Genres) -> list[float]:
    """The Jaccard index of genres meant and shown, wherever those meant are known."""
    pairs = [
        (meant, frozenset(catalogue.genres[step.grounded.item]))
        for step in steps
        if (meant := genres.get(normalised(step.reply)))
    ]
    return [len(meant & shown) / len(meant | shown) for meant, shown in pairs]


def test_grounded_items_share_genres_with_the_games_that_were_meant(
    replay: list[Replayed], catalogue: Catalogue, genres: Genres
) -> None:
    found = likenesses(replay, catalogue, genres)
    assert len(found) > 1000
    assert mean(found) >= 0.62


def test_games_that_the_catalogue_lacks_become_kindred_ones(
    replay: list[Replayed], catalogue: Catalogue, genres: Genres
) -> None:
    known = {normalised(title) for title in catalogue.titles}
    lacking = [step for step in replay if normalised(step.reply) not in known]
    found = likenesses(lacking, catalogue, genres)
    assert len(found) > 400
    assert mean(found) >= 0.40  # items drawn at random reach 0.23


def test_every_title_that_the_catalogue_has_in_some_spelling_is_found(
    replay: list[Replayed], catalogue: Catalogue
) -> None:
    known = {normalised(title) for title in catalogue.titles}
    missed = []
    for step in replay:
        meant = normalised(step.reply)
        met = {normalised(catalogue.titles[item]) for item in step.shown}
        found = normalised(catalogue.titles[step.grounded.item])
        if meant in known - met and found != meant:
            missed.append(step.reply)
    assert missed == []


def test_no_session_shows_an_item_twice(replay: list[Replayed]) -> None:
    assert [step.reply for step in replay if step.grounded.item in step.shown] == []
