"""The stand-in as Actor: it weighs ratings, the counts that it is told, and the plan."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.stand_ins.offline.reading import ITEM, Dice, Shown, genres_of, text_under

STAYED = re.compile(r": (\d+)% stayed")
NEUTRAL_RATING = 3.5
PLAN = math.log(1.5)  # a planned genre or item counts as odds of staying half as good again
TASTE, WHIM = 0.3, 0.03  # weights of the logarithm of a rating, and of chance


@dataclass(frozen=True)
class Offered:
    """A line of the catalogue: an item, its expected rating, and what share of users stayed."""

    title: str
    genres: tuple[str, ...]
    rating: float
    stayed: int | None


def act(session: Sequence[Shown], prompt: str, dice: Dice) -> str:
    """The candidate with the best prospects; any of them where it is told to explore."""
    plan = text_under(prompt, "Plan")
    target = plan.partition("Next:")[2].partition(".")[0]
    avoid = plan.partition("Avoid for now:")[2].partition(".")[0]
    experience = text_under(prompt, "Experience")
    good = experience.partition("paid off:")[2].partition("\n")[0]
    bad = experience.partition("did not pay off:")[2].partition("\n")[0]
    met = {shown.title for shown in session}

    def prospects(one: Offered) -> float:
        """The logarithm of a rating that is weighed by the odds that the user stays."""
        score = TASTE * math.log(one.rating) + WHIM * dice.roll(one.title)
        if one.stayed is not None:
            score += math.log((one.stayed + 1) / (100 - one.stayed + 1))
        else:
            score += PLAN * any(genre in target for genre in one.genres)
            score -= PLAN * any(genre in avoid for genre in one.genres)
            score += PLAN * (f'"{one.title}"' in plan)
        score += (f'"{one.title}"' in good) - (f'"{one.title}"' in bad)
        return score - 9.0 * (one.title in met)

    catalogue = text_under(prompt, "Catalogue")
    offered = read_offer(catalogue)
    if not offered:
        return f"recommend[something in {target.strip() or 'any genre'}]"
    explores = experience.startswith("explore")
    best = max(offered, key=lambda one: dice.roll(one.title) if explores else prospects(one))
    numbered = catalogue.startswith("1. ")
    return str(offered.index(best) + 1) if numbered else f"recommend[{best.title}]"


def read_offer(catalogue: str) -> list[Offered]:
    """The lines of the catalogue section."""
    found = []
    for line in catalogue.splitlines():
        if item := ITEM.search(line):
            title, genres, rating = item.groups()
            stayed = STAYED.search(line, item.end())
            found.append(
                Offered(
                    title,
                    genres_of(genres),
                    float(rating) if rating else NEUTRAL_RATING,
                    int(stayed[1]) if stayed else None,
                )
            )
    return found
