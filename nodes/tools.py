"""The Actor's tools (Eq. 9): texts about the catalogue, the genres and the user's taste."""

from collections.abc import Sequence

from nodes.catalogue.search import Offer
from nodes.context import ToolName
from nodes.parts import Parts
from nodes.prompts import titled
from nodes.state import EpisodeState
from nodes.trajectory import counted, genre_counts, item_text
from simulator import Catalogue

OFFERS = 6
GENRES = 6


def consult(names: Sequence[ToolName], state: EpisodeState, query: str, parts: Parts) -> str:
    """What the tools have to say in this situation; blocking, since it may embed the query."""
    text = ""
    if "search" in names:
        text += _catalogue(state, query, parts, rated="taste" in names)
    if "categories" in names:
        text += titled("Genres", categories(state, parts))
    return text


def categories(state: EpisodeState, parts: Parts) -> str:
    """Statistics of genres: viewed before, shown lately, and those that rest (the paper's)."""
    catalogue = parts.world.catalogue
    viewed = genre_counts(state["history"], catalogue)
    window = parts.rule.window
    recent = [step["item"] for step in state["steps"][-window:]] if window else []
    lately = genre_counts(recent, catalogue)
    liked_first = sorted(parts.shelf.genres, key=lambda genre: (-viewed[genre], genre))
    lines = [
        ("Viewed before", counted(viewed, GENRES)),
        ("Shown lately", counted(lately, GENRES)),
        ("Resting", ", ".join([genre for genre in liked_first if genre not in lately][:GENRES])),
    ]
    return "\n".join(f"{name}: {genres}" for name, genres in lines if genres)


def _catalogue(state: EpisodeState, query: str, parts: Parts, *, rated: bool) -> str:
    """New items that go with the query; the taste tool puts the best rated first.

    Of somebody whom the log does not know it expects nothing.
    """
    catalogue = parts.world.catalogue
    known = [*shown_items(state, catalogue), *viewed_items(state, catalogue)]
    found = parts.shelf.search(query, known)
    user = state["user"]
    if rated and isinstance(user, int):
        offers = parts.shelf.rated(user, found)[:OFFERS]
        lines = [_offer(offer, catalogue) for offer in offers]
        return titled("Catalogue (new to the user; ~ is the expected rating)", "\n".join(lines))
    lines = [f"- {item_text(catalogue.titles[item], catalogue)}" for item in found[:OFFERS]]
    return titled("Catalogue (new to the user)", "\n".join(lines))


def _offer(offer: Offer, catalogue: Catalogue) -> str:
    return f"- {item_text(catalogue.titles[offer.item], catalogue)} ~{offer.rating:.1f}"


def shown_items(state: EpisodeState, catalogue: Catalogue) -> list[int]:
    """The items of this session, in order."""
    return _known([step["item"] for step in state["steps"]], catalogue)


def viewed_items(state: EpisodeState, catalogue: Catalogue) -> list[int]:
    """The items of the viewing history that the catalogue knows."""
    return _known(state["history"], catalogue)


def _known(titles: Sequence[str], catalogue: Catalogue) -> list[int]:
    return [item for title in titles if (item := catalogue.find(title)) is not None]
