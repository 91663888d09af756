"""A session as text: the lines of prompts, bounded in length, and the keys of memories."""

from collections import Counter
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from nodes import prompts
from nodes.state import EpisodeState, Step
from simulator import Catalogue, plain

PROMPT_MESSAGES = 2 + 2 * len(prompts.EXAMPLES)  # repairs come after them
STATE_TITLES = 10
TITLE_SEPARATOR = "; "
VIEWED_TITLES = 15
BLOCK = 15
PLAN_LIMIT = 90
BRIEF_GENRES = 8
NO_HISTORY = "nothing viewed yet"


def messages(state: EpisodeState, catalogue: Catalogue, turn: str) -> list[BaseMessage]:
    """A prompt: the fixed text, the session so far, and the role's turn."""
    viewed = [item_text(title, catalogue) for title in state["history"][-VIEWED_TITLES:]]
    steps = state["steps"]
    folded = BLOCK * max(0, len(steps) // BLOCK - 1)  # the oldest whole blocks share one line
    rounds = [_summary(steps[:folded], catalogue)] if folded else []
    rounds += [_round(step, catalogue) for step in steps[folded:]]
    session = prompts.SESSION.format(
        viewed="; ".join(viewed) or prompts.NOTHING_VIEWED,
        rounds="\n".join(rounds) or prompts.NOTHING_SHOWN,
    )
    examples: list[BaseMessage] = []
    for asked, plan in prompts.EXAMPLES:
        examples += HumanMessage(asked), AIMessage(plan)
    # one message of the user at the end: some models' templates refuse two in a row
    return [SystemMessage(prompts.SYSTEM), *examples, HumanMessage(f"{session}\n\n{turn}")]


def state_text(history: Sequence[str], steps: Sequence[Step]) -> str:
    """The text of a state, by which memories are searched: its last titles, viewed and shown."""
    titles = [*history[-STATE_TITLES:], *(step["item"] for step in steps[-STATE_TITLES:])]
    # a separator within a title becomes a comma, so that `titles_of` finds the titles again
    whole = [title.replace(TITLE_SEPARATOR, ", ") for title in titles[-STATE_TITLES:]]
    return TITLE_SEPARATOR.join(whole) or NO_HISTORY


def titles_of(text: str) -> list[str]:
    """The titles in the text of a state."""
    return text.split(TITLE_SEPARATOR)


def session_titles(state: EpisodeState) -> list[str]:
    """The titles viewed before the session, then those shown in it."""
    return [*state["history"], *(step["item"] for step in state["steps"])]


def shown_items(state: EpisodeState, catalogue: Catalogue) -> list[int]:
    """The items of this session, in order."""
    return items_of([step["item"] for step in state["steps"]], catalogue)


def items_of(titles: Sequence[str], catalogue: Catalogue) -> list[int]:
    """The items of those titles that are in the catalogue."""
    return [item for title in titles if (item := catalogue.find(title)) is not None]


def item_text(title: str, catalogue: Catalogue) -> str:
    """A title in quotation marks and its genres in brackets; neither can close its own."""
    item = catalogue.find(title)
    genres = ", ".join(catalogue.genres[item]) if item is not None else ""
    return f"{quoted(title)} [{genres.replace('[', '(').replace(']', ')')}]"


def quoted(title: str) -> str:
    """A title in quotation marks that it cannot close."""
    return '"' + title.replace('"', "'") + '"'


def brief(thought: str) -> str:
    """A plan as the records of a session show it."""
    return plain(thought.replace("|", "/"), PLAN_LIMIT)


def genre_counts(titles: Sequence[str], catalogue: Catalogue) -> Counter[str]:
    """How often each genre occurs among these titles."""
    return Counter(
        genre for item in items_of(titles, catalogue) for genre in catalogue.genres[item]
    )


def format_counts(genres: Counter[str], limit: int) -> str:
    """Genres with their counts, the most frequent first."""
    ordered = sorted(genres.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
    return ", ".join(f"{genre} {count}" for genre, count in ordered)


def _round(step: Step, catalogue: Catalogue) -> str:
    return prompts.ROUND.format(
        round=step["round"],
        item=item_text(step["item"], catalogue),
        outcome="the user left" if step["quit"] else f"rated {step['reward']:.1f}",
    )


def _summary(steps: Sequence[Step], catalogue: Catalogue) -> str:
    ratings = [step["reward"] for step in steps]
    genres = genre_counts([step["item"] for step in steps], catalogue)
    return prompts.IN_BRIEF.format(
        last=steps[-1]["round"],
        mean=sum(ratings) / len(ratings),
        low=min(ratings),
        genres=format_counts(genres, BRIEF_GENRES) or "genres unknown",
    )
