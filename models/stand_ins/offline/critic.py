"""The stand-in as Critic."""

import re
from collections.abc import Sequence

from models.stand_ins.offline.reading import Shown, text_under

HIGHEST_RATING = 5.0  # as every prompt says


def value(session: Sequence[Shown], prompt: str) -> str:
    """The discounted ratings of as many rounds again as were played, each rated as those were.

    Before the first round that is nothing known: the less was played, the nearer is the middle.
    What similar situations were worth counts as much as all that.
    """
    top = float(re.findall(r"from 0 to (\d+(?:\.\d+)?)", prompt)[-1])
    gamma = 1 - HIGHEST_RATING / top if top > HIGHEST_RATING else 0.0
    ratings = [shown.rating for shown in session if shown.rating is not None]
    rounds = len(ratings)
    share = sum(ratings) / (rounds * HIGHEST_RATING) if ratings else 0.0
    ahead = share * top * (1 - gamma**rounds)
    estimate = (top / 2 + rounds * ahead) / (1 + rounds)
    known = [float(v) for v in re.findall(r"worth (\d+(?:\.\d+)?)", text_under(prompt, "Values"))]
    if known:
        estimate = (estimate + sum(known) / len(known)) / 2
    return f"{min(max(estimate, 0.0), top):.1f}"
