"""The session as prompts tell it: written once a step, folded seldom, bounded always."""

from collections import Counter
from collections.abc import Sequence

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from nodes import prompts
from nodes.state import EpisodeState, Step
from simulator import Catalogue, plain

STATE_TITLES = 10
VIEWED_TITLES = 15
BLOCK = 15
PLAN_LIMIT = 90
BRIEF_GENRES = 8
NO_HISTORY = "nothing viewed yet"


def messages(state: EpisodeState, catalogue: Catalogue, turn: str) -> list[BaseMessage]:
    """A prompt: what never changes, the session so far, and whose turn it is."""
    viewed = [item_text(title, catalogue) for title in state["history"][-VIEWED_TITLES:]]
    session = prompts.SESSION.format(
        viewed="; ".join(viewed) or prompts.NOTHING_VIEWED,
        rounds="\n".join(_rounds(state["steps"], catalogue)) or prompts.NOTHING_SHOWN,
    )
    return [SystemMessage(prompts.SYSTEM), HumanMessage(session), HumanMessage(turn)]


def state_text(history: Sequence[str], steps: Sequence[Step]) -> str:
    """The situation that memories are asked about: the titles viewed last, shown ones included."""
    titles = [*history[-STATE_TITLES:], *(step["item"] for step in steps[-STATE_TITLES:])]
    return "; ".join(titles[-STATE_TITLES:]) or NO_HISTORY


def met(state: EpisodeState) -> list[str]:
    """Every title of the session: those viewed before it, and those shown."""
    return [*state["history"], *(step["item"] for step in state["steps"])]


def item_text(title: str, catalogue: Catalogue) -> str:
    """A title and its genres, unable to be mistaken for anything else in a prompt."""
    item = catalogue.find(title)
    genres = ", ".join(catalogue.genres[item]) if item is not None else ""
    return f"{quoted(title)} [{genres.replace('[', '(').replace(']', ')')}]"


def quoted(title: str) -> str:
    """A title in quotation marks that it cannot close."""
    return '"' + title.replace('"', "'") + '"'


def brief(thought: str) -> str:
    """A plan as the trajectory keeps it."""
    return plain(thought.replace("|", "/"), PLAN_LIMIT)


def _rounds(steps: Sequence[Step], catalogue: Catalogue) -> list[str]:
    """A line a round; when too many, the oldest whole blocks become one line."""
    folded = BLOCK * max(0, len(steps) // BLOCK - 1)
    lines = [_in_brief(steps[:folded], catalogue)] if folded else []
    return lines + [_round(step, catalogue) for step in steps[folded:]]


def _round(step: Step, catalogue: Catalogue) -> str:
    return prompts.ROUND.format(
        round=step["round"],
        plan=f"plan: {step['plan']} | " if step["plan"] else "",
        item=item_text(step["item"], catalogue),
        outcome="the user left" if step["quit"] else f"rated {step['reward']:.1f}",
    )


def _in_brief(steps: Sequence[Step], catalogue: Catalogue) -> str:
    ratings = [step["reward"] for step in steps]
    genres = genre_counts([step["item"] for step in steps], catalogue)
    return prompts.IN_BRIEF.format(
        last=steps[-1]["round"],
        mean=sum(ratings) / len(ratings),
        low=min(ratings),
        genres=counted(genres, BRIEF_GENRES) or "genres unknown",
    )


def genre_counts(titles: Sequence[str], catalogue: Catalogue) -> Counter[str]:
    """How often each genre occurs among these titles."""
    known = [item for title in titles if (item := catalogue.find(title)) is not None]
    return Counter(genre for item in known for genre in catalogue.genres[item])


def counted(genres: Counter[str], limit: int) -> str:
    """Genres with their counts, the most frequent first."""
    ordered = sorted(genres.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return ", ".join(f"{genre} {count}" for genre, count in ordered)
