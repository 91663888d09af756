"""A session as text: the lines of prompts, bounded in length, and the keys of memories."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from models import Role
from nodes import prompts
from nodes.prompts import Examples
from nodes.state import EpisodeState, Step
from simulator import Catalogue, clean_title, plain

STATE_TITLES = 10
TITLE_SEPARATOR = "; "
HISTORY = 15  # titles that a session keeps of what was viewed before it
VIEWED_TITLES = 8  # of them those that prompts tell
LEAST_MESSAGES = 2  # the fixed texts, and the session with the role's turn
BLOCK = 4
PLAN_LIMIT = 90
BRIEF_GENRES = 8
NO_HISTORY = "nothing viewed yet"


def first_messages(role: Role, prompt: Sequence[BaseMessage]) -> int:
    """How many messages a prompt of this role has before any repair.

    A Planner that repeated its prompt is asked again without the examples.
    """
    whole = LEAST_MESSAGES + 2 * len(prompts.PLANS) * (role == "planner")
    return whole if len(prompt) >= whole else LEAST_MESSAGES


def messages(
    state: EpisodeState,
    catalogue: Catalogue,
    turn: str,
    examples: Examples = (),
    principles: str = "",
) -> list[BaseMessage]:
    """A prompt: the fixed texts, the session so far, and the role's turn."""
    viewed = [item_text(title, catalogue) for title in state["history"][-VIEWED_TITLES:]]
    steps = state["steps"]
    folded = BLOCK * max(0, len(steps) // BLOCK - 1)  # the oldest whole blocks share one line
    rounds = [_summary(steps[:folded], catalogue)] if folded else []
    rounds += [_round(step, catalogue) for step in steps[folded:]]
    session = prompts.SESSION.format(
        principles=principles,
        viewed="; ".join(viewed) or prompts.NOTHING_VIEWED,
        rounds="\n".join(rounds) or prompts.NOTHING_SHOWN,
    )
    shown: list[BaseMessage] = []
    for asked, answer in examples:
        shown += HumanMessage(asked), AIMessage(answer)
    # one message of the user at the end: some models' templates refuse two in a row
    return [SystemMessage(prompts.SYSTEM), *shown, HumanMessage(f"{session}\n\n{turn}")]


def without_examples(prompt: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The prompt that `messages` makes without examples."""
    return [prompt[0], prompt[-1]]


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
    if catalogue.find(title) is None:
        title = clean_title(title)  # a person may have edited the session
    genres = ", ".join(catalogue.genres_of(title))
    return f"{quoted(title)} [{genres.replace('[', '(').replace(']', ')')}]"


def quoted(title: str) -> str:
    """A title in quotation marks that it cannot close."""
    return '"' + title.replace('"', "'") + '"'


def brief(thought: str) -> str:
    """A plan as the records of a session show it."""
    return plain(thought.replace("|", "/"), PLAN_LIMIT)


def genre_counts(titles: Sequence[str], catalogue: Catalogue) -> Counter[str]:
    """How often each genre occurs among these titles."""
    return Counter(genre for title in titles for genre in catalogue.genres_of(title))


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
    ratings: defaultdict[str, list[float]] = defaultdict(list)
    for step in steps:
        for genre in catalogue.genres_of(step["item"]):
            ratings[genre].append(step["reward"])
    often_first = sorted(ratings, key=lambda genre: (-len(ratings[genre]), genre))[:BRIEF_GENRES]
    genres = [
        f"{genre} {fmean(ratings[genre]):.1f} ({len(ratings[genre])})" for genre in often_first
    ]
    return prompts.IN_BRIEF.format(
        last=steps[-1]["round"],
        mean=fmean(step["reward"] for step in steps),
        genres=", ".join(genres) or "Genres unknown",
    )
