"""The stand-in as Actor."""

from collections.abc import Sequence

from models.stand_ins.offline.reading import Dice, Shown, items, text_under


def act(session: Sequence[Shown], prompt: str, dice: Dice) -> str:
    """The candidate that fits plan, expected rating and experience best."""
    plan_text = text_under(prompt, "Plan")
    target = plan_text.partition("Next:")[2].partition(".")[0]
    avoid = plan_text.partition("Avoid for now:")[2].partition(".")[0]
    experience = text_under(prompt, "Experience")
    good = experience.partition("paid off:")[2].partition("\n")[0]
    bad = experience.partition("did not pay off:")[2].partition("\n")[0]
    met = {shown.title for shown in session}

    def fitness(candidate: Shown) -> float:
        score = (candidate.rating or 3.5) + 0.4 * dice.roll(candidate.title)
        score += 1.0 * any(genre in target for genre in candidate.genres)
        score -= 2.0 * sum(genre in avoid for genre in candidate.genres)
        score += 2.0 * (f'"{candidate.title}"' in good) - 3.0 * (f'"{candidate.title}"' in bad)
        return score - 9.0 * (candidate.title in met)

    catalogue = text_under(prompt, "Catalogue")
    if candidates := items(catalogue):
        best = max(candidates, key=fitness)
        numbered = catalogue.startswith("1. ")
        return str(candidates.index(best) + 1) if numbered else f"recommend[{best.title}]"
    return f"recommend[something in {target.strip() or 'any genre'}]"
