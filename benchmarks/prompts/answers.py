"""What became of a turn: the replies to it, and what the node made of the last one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.prompts.places import WorldName
from benchmarks.prompts.recorder import Call
from benchmarks.prompts.situations import Situation
from models import Role
from nodes import Context, EpisodeState, Parts
from nodes.actor import offered_items
from nodes.state import Choice, ReflectionFields
from nodes.trajectory import genre_counts, items_of
from simulator import Catalogue

FAVOURITES = 3  # genres viewed most often that count as liked
LIKED = 4.0
NOT_WORD = re.compile(r"[\W_]+")
BY_NAME = ("number", "exact", "normalised", "fuzzy")


@dataclass(frozen=True)
class Planned:
    """A plan, whether it names a genre that the user likes, and how many genres in all.

    None where none is liked, and where an earlier version did not count.
    """

    text: str
    names_liked: bool | None
    genres: int | None = None
    kind: Literal["plan"] = "plan"


@dataclass(frozen=True)
class Chosen:
    """A choice, its place in the list of so many, and whether no other was expected to be better.

    The place is None where the reply names no item of the list.
    """

    reply: str
    item: str
    offered: int
    place: int | None
    best: bool | None
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True)
class Valued:
    """A value, and the returns of rollouts from the same state."""

    value: float
    returns: Sequence[float]
    kind: Literal["value"] = "value"


@dataclass(frozen=True)
class Reflected:
    """A reflection as it is told to Planners, and what was read in the reply."""

    text: str
    fields: ReflectionFields
    kind: Literal["reflection"] = "reflection"


Answer = Planned | Chosen | Valued | Reflected


@dataclass(frozen=True)
class Asked:
    """A situation, the replies in it and the answer; or the failure of a call.

    `left` says whether the user has left; None in a session that goes on.
    """

    number: int
    world: WorldName
    role: Role
    user: int
    round: int
    calls: Sequence[Call]
    answer: Answer | None
    failure: str | None = None
    left: bool | None = None

    @property
    def at_first_try(self) -> bool:
        """Whether one call was needed, and its reply is the answer."""
        return len(self.calls) == 1 and not self.calls[0].refused

    @property
    def is_fallback(self) -> bool:
        """Whether even the last reply could not be used."""
        return bool(self.calls) and self.calls[-1].refused is not None


def planned(text: str, state: EpisodeState, parts: Parts) -> Planned:
    """A plan beside the user's tastes."""
    liked = liked_genres(state, parts.world.catalogue)
    return Planned(
        text,
        names_any(text, liked) if liked else None,
        sum(names_any(text, {genre}) for genre in parts.catalogue_search.genres),
    )


def liked_genres(state: EpisodeState, catalogue: Catalogue) -> set[str]:
    """The genres viewed most often, and those of rounds rated at least 4."""
    viewed = genre_counts(state["history"], catalogue)
    pleasing = [step["item"] for step in state["steps"] if step["reward"] >= LIKED]
    met = genre_counts(pleasing, catalogue)
    return {genre for genre, _ in viewed.most_common(FAVOURITES)} | set(met)


def names_any(text: str, genres: set[str]) -> bool:
    """Whether a text names one of these genres, in the singular or plural."""
    said = f" {words(text)} "
    return any(f" {name}{end} " in said for name in map(words, genres) for end in ("", "s", "es"))


def words(text: str) -> str:
    """A text without case, punctuation and repeated spaces."""
    return NOT_WORD.sub(" ", text.casefold()).strip()


def chosen(
    choice: Choice, situation: Situation, context: Context, parts: Parts, *, is_fallback: bool
) -> Chosen:
    """A choice beside the list that the Actor was offered."""
    offered = offered_items(situation.state, context, parts).candidates
    (item,) = items_of([choice["item"]], parts.world.catalogue)
    listed = [one.item for one in offered]
    named = choice["found"] in BY_NAME and item in listed and not is_fallback
    place = listed.index(item) + 1 if named else None
    ratings = [one.rating for one in offered if one.rating is not None]
    best = offered[place - 1].rating == max(ratings) if place and ratings else None
    return Chosen(choice["reply"], choice["item"], len(offered), place, best)
