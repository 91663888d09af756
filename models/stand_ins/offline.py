"""A rule-based chat model for trying, testing and debugging without a key or a network.

It reads only the prompt it is given, as a real model does, and answers in each role's format.
Its replies are a pure function of prompt and seed. It shows that the machinery works; what it
scores says nothing about what a language model would.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.roles import Role
from models.stand_ins.rule_based import RuleBasedChatModel

ITEM = re.compile(r'"([^"]*)" \[([^\]]*)\](?: ~(\d\.\d))?')
ROUND = re.compile(r'\d+\. shown "([^"]*)" \[([^\]]*)\] \| (?:rated (\d\.\d)|the user left)')
VARIETY = re.compile(r"\b(rotat|altern|vari|spread|apart|divers|different)", re.IGNORECASE)
TASTE = re.compile(r"\b(taste|favourite|received well|welcome|safe)", re.IGNORECASE)
WINDOW = 4
STAYED = (
    "The user stayed to the end. Keep rotating through the genres that were received well, and let "
    "each rest before it returns."
)
TOO_CLOSE = (
    "The last pick was too close to recent ones. Rotate genres: let at least four rounds pass "
    "before one returns, even a favourite.",
    "The user tired of similar picks. Spread the favourites out and alternate genres on purpose, "
    "so that neighbours in the list differ.",
)
NOT_LIKED = (
    "The last pick missed the user's taste. Vary only among genres that were received well or "
    "viewed often, and explore one step at a time.",
    "A strange genre cost the user's patience. Keep to favourites and rotate among them; leave "
    "rarely viewed genres alone.",
)


@dataclass(frozen=True)
class Shown:
    """One round as the prompt tells it; no rating means that the user left."""

    title: str
    genres: tuple[str, ...]
    rating: float | None


class OfflineChatModel(RuleBasedChatModel):
    """Answers in the role's format from what the prompt holds."""

    model_name: str = "offline"
    seed: int = 0

    def answer(self, role: Role, prompt: str) -> str:
        """See `reply`."""
        return reply(role, prompt, self.seed)


def reply(role: Role, prompt: str, seed: int) -> str:
    """The answer to a prompt."""
    dice = Dice(seed, prompt)
    viewed, session = _items(text_under(prompt, "Viewed before")), _rounds(prompt)
    match role:
        case "planner":
            return _plan(viewed, session, text_under(prompt, "Principles"), dice)
        case "actor":
            return _act(session, prompt, dice)
        case "critic":
            return _value(session, prompt)
        case "reflector":
            return _reflect(session, dice)


def _plan(viewed: Sequence[Shown], session: Sequence[Shown], principles: str, dice: "Dice") -> str:
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


def _act(session: Sequence[Shown], prompt: str, dice: "Dice") -> str:
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
    if candidates := _items(catalogue):
        best = max(candidates, key=fitness)
        numbered = catalogue.startswith("1. ")
        return str(candidates.index(best) + 1) if numbered else f"recommend[{best.title}]"
    return f"recommend[something in {target.strip() or 'any genre'}]"


def _value(session: Sequence[Shown], prompt: str) -> str:
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


def _reflect(session: Sequence[Shown], dice: "Dice") -> str:
    """Why the user left, as far as the session shows, and a principle against it."""
    if not session or session[-1].rating is not None:
        return STAYED
    lately = {genre for shown in session[-1 - WINDOW : -1] for genre in shown.genres}
    return dice.pick(TOO_CLOSE if lately & set(session[-1].genres) else NOT_LIKED)


@dataclass(frozen=True)
class Dice:
    """Chance that depends on seed and prompt alone."""

    seed: int
    prompt: str

    def roll(self, salt: str = "") -> float:
        """A number from 0 to 1."""
        text = f"{self.seed}\0{self.prompt}\0{salt}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def pick(self, options: Sequence[str]) -> str:
        """One of the options."""
        return options[int(self.roll() * len(options))]


def text_under(prompt: str, heading: str) -> str:
    """The text under the last heading that starts so."""
    found = re.findall(rf"^## {heading}[^\n]*\n(.*?)(?=^## |\Z)", prompt, re.MULTILINE | re.DOTALL)
    return found[-1] if found else ""


def _items(text: str) -> list[Shown]:
    return [_shown(*found) for found in ITEM.findall(text)]


def _rounds(prompt: str) -> list[Shown]:
    lines = text_under(prompt, "This session").splitlines()
    return [_shown(*told.groups()) for line in lines if (told := ROUND.fullmatch(line))]


def _shown(title: str, genres: str, rating: str | None) -> Shown:
    names = tuple(genre.strip() for genre in genres.split(",") if genre.strip())
    return Shown(title, names, float(rating) if rating else None)


def _liking(viewed: Sequence[Shown], session: Sequence[Shown]) -> Counter[str]:
    """What the viewing history and the ratings so far say about genres."""
    liking: Counter[str] = Counter()
    for shown in viewed:
        liking.update(shown.genres)
    for shown in session:
        for genre in shown.genres:
            liking[genre] += round(2 * ((shown.rating if shown.rating is not None else 1.0) - 3.0))
    return liking
