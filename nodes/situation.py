"""The text of a situation, by which memories are searched."""

from collections import Counter
from collections.abc import Sequence

from nodes.context import Learning
from nodes.state import Step
from nodes.trajectory import NO_HISTORY, items_of, state_text
from simulator import Catalogue

LIKED_NAMES = 4
ROUNDS_LATELY = 2
LATEST_VIEWED = 3
NOTHING_LATELY = "Lately nothing shown yet"
MIDDLE = 3.0  # of the ratings: above it a genre gains, below it loses
RATED = ((4.0, "very well"), (3.25, "well"), (2.5, "fairly"), (0.0, "badly"))  # from this mean on


def situation(
    history: Sequence[str], steps: Sequence[Step], catalogue: Catalogue, learning: Learning
) -> str:
    """The user's taste and what was shown lately; in the paper, the last ten titles.

    Two users who never saw the same title can be in one situation, so that what one of them taught
    is found for the other.
    """
    if learning == "paper":
        return state_text(history, steps)
    return f"{taste(liked(history, steps, catalogue))}. {lately(steps, catalogue)}."


def initial_situation(likes: Sequence[str]) -> str:
    """The text of the situation in which a session of such a user begins."""
    return f"{taste(likes)}. {NOTHING_LATELY}."


def taste(likes: Sequence[str]) -> str:
    """What a user likes, in words."""
    return f"Likes {', '.join(likes)}" if likes else NO_HISTORY.capitalize()


def liked_before(history: Sequence[str], catalogue: Catalogue) -> list[str]:
    """What a user liked before a session, in names that the catalogue knows."""
    known = [title for title in history if catalogue.find(title) is not None]
    return liked(known, [], catalogue)


def liked(history: Sequence[str], steps: Sequence[Step], catalogue: Catalogue) -> list[str]:
    """The genres viewed most, corrected by this session's ratings, the favourite first.

    Of users whose genres are unknown it has the titles viewed last.
    """
    liking: Counter[str] = Counter()
    for item in items_of(history, catalogue):
        liking.update(catalogue.genres[item])
    for step in steps:
        for genre in catalogue.genres_of(step["item"]):
            liking[genre] += round(step["reward"] - MIDDLE)
    ordered = sorted((-count, genre) for genre, count in liking.items() if count > 0)
    genres = [genre for _, genre in ordered[:LIKED_NAMES]]
    return genres or list(history[-LATEST_VIEWED:])


def lately(steps: Sequence[Step], catalogue: Catalogue) -> str:
    """What the last rounds showed, the newest last, and how this session's rounds were rated."""
    if not steps:
        return NOTHING_LATELY
    shown = [
        " and ".join(catalogue.genres_of(step["item"])) or step["item"]
        for step in steps[-ROUNDS_LATELY:]
    ]
    mean = sum(step["reward"] for step in steps) / len(steps)
    return f"Lately {', then '.join(shown)}; rated {_in_words(mean)}"


def _in_words(mean: float) -> str:
    """Words, since an embedding hardly tells numbers apart."""
    return next(word for least, word in RATED if mean >= least)
