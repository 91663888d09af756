"""The stand-in as Critic."""

import re
from collections.abc import Sequence

from models.stand_ins.offline.reading import Shown, text_under

WINDOW = 4


def value(session: Sequence[Shown], prompt: str) -> str:
    """How well the session goes, between what similar situations were worth and a rule of thumb."""
    top = float(re.findall(r"from 0 to (\d+(?:\.\d+)?)", prompt)[-1])
    ratings = [shown.rating for shown in session if shown.rating is not None] or [4.0]
    recent = [genre for shown in session[-WINDOW:] for genre in shown.genres]
    crowding = 1 - len(set(recent)) / len(recent) if recent else 0.3
    estimate = top * (sum(ratings) / len(ratings) / 5.0) * (1.0 - 0.5 * crowding)
    known = [float(v) for v in re.findall(r"worth (\d+(?:\.\d+)?)", text_under(prompt, "Values"))]
    if known:
        estimate = (estimate + sum(known) / len(known)) / 2
    return f"{estimate:.1f}"
