"""The genres of the catalogue, and how many rounds ago each was shown in a session."""

from collections.abc import Sequence

from nodes.state import Step
from simulator import Catalogue

MOST = 20  # genres, those with the most items
MOST_UNSEEN = 12  # of them not shown yet: small models repeat long lists as what users dislike
LIMIT = 270  # characters; with the words around them at most 80 tokens
NUMBER = 6  # characters that a separator and a number take


def genre_rests(steps: Sequence[Step], catalogue: Catalogue) -> dict[str, int]:
    """By genre, how many rounds before the coming one it was shown last; the latest first."""
    rests: dict[str, int] = {}
    for ago, step in enumerate(reversed(steps), start=1):
        for genre in catalogue.genres_of(step["item"]):
            rests.setdefault(genre, ago)
    return rests


def genres_text(steps: Sequence[Step], catalogue: Catalogue, common: Sequence[str]) -> str:
    """The genres for a prompt, bounded; `common` has those of the catalogue, most items first."""
    named, left = set[str](), LIMIT
    for genre in common[:MOST]:
        left -= len(genre) + NUMBER
        if left < 0:
            break
        named.add(genre)
    rests = genre_rests(steps, catalogue)
    shown = [f"{genre} {ago}" for genre, ago in rests.items() if genre in named]
    if shown:
        shown[0] += " round ago" if shown[0].endswith(" 1") else " rounds ago"
    unseen = [genre for genre in common if genre in named and genre not in rests]
    lines = [("Shown in this session", shown), ("Never shown", unseen[:MOST_UNSEEN])]
    return "\n".join(f"{name}: {', '.join(genres)}" for name, genres in lines if genres)
