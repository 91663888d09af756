"""The stand-in as Planner."""

import re
from collections import Counter
from collections.abc import Sequence

from models.stand_ins.offline.reading import Dice, Shown

VARIETY = re.compile(r"\b(rotat|altern|vari|spread|apart|divers|different)", re.IGNORECASE)
TASTE = re.compile(r"\b(taste|favourite|received well|welcome|safe)", re.IGNORECASE)
WINDOW = 4


def plan(viewed: Sequence[Shown], session: Sequence[Shown], principles: str, dice: Dice) -> str:
    """A plan; without principles about variety it stays with the favourite genre, as people do."""
    liking = _liking(viewed, session)
    lately = {genre for shown in session[-WINDOW:] for genre in shown.genres}
    liked = [genre for genre, score in liking.most_common() if score > 0]
    if not liked:
        return "Next: something widely liked. Little is known of this user yet."
    if VARIETY.search(principles):
        fresh = [genre for genre in liked if genre not in lately]
        safe = fresh[:3] if TASTE.search(principles) else fresh[:5]
        target = dice.pick(safe or liked[-1:])
        avoid = ", ".join(sorted(lately - {target})) or "nothing yet"
        return (
            f"Next: {target}. Avoid for now: {avoid}. "
            f"The user likes {', '.join(liked[:3])}, and genres shown lately should rest."
        )
    target = liked[0] if dice.roll() < 0.6 else dice.pick(liked[:3])
    return f"Next: {target}. The user seems to enjoy {', '.join(liked[:3])}."


def _liking(viewed: Sequence[Shown], session: Sequence[Shown]) -> Counter[str]:
    """What the viewing history and the ratings so far say about genres."""
    liking: Counter[str] = Counter()
    for shown in viewed:
        liking.update(shown.genres)
    for shown in session:
        for genre in shown.genres:
            liking[genre] += round(2 * ((shown.rating if shown.rating is not None else 1.0) - 3.0))
    return liking
