"""The stand-in as Critic."""

import re
from collections.abc import Sequence

from models.stand_ins.offline.reading import Brief, Shown, text_under

HIGHEST_RATING = 5.0  # as every prompt says


def value(session: Sequence[Shown], before: Brief, prompt: str) -> str:
    """The discounted ratings of as many rounds again as were played, each rated as those were.

    The less was played, the nearer is the reply to what similar situations were worth, or to the
    middle where none is told.
    """
    top = float(re.findall(r"from 0 to (\d+(?:\.\d+)?)", prompt)[-1])
    gamma = 1 - HIGHEST_RATING / top if top > HIGHEST_RATING else 0.0
    ratings = [shown.rating for shown in session if shown.rating is not None]
    told = re.findall(r"worth (\d+(?:\.\d+)?)", text_under(prompt, "Values"))
    known = [float(number) for number in told] or [top / 2]
    rounds = before.rounds + len(ratings)
    rated = before.rounds * before.rating + sum(ratings)
    share = rated / (rounds * HIGHEST_RATING) if rounds else 0.0
    ahead = share * top * (1 - gamma**rounds)
    estimate = (sum(known) + rounds * ahead) / (len(known) + rounds)
    return f"{min(max(estimate, 0.0), top):.1f}"
