"""The Actor's tools (Eq. 9) beside the candidates: texts about the genres of a session."""

from collections.abc import Callable, Sequence
from typing import get_args

from nodes.context import Context, ToolName
from nodes.parts import Parts
from nodes.prompts import section
from nodes.state import EpisodeState
from nodes.trajectory import format_counts, genre_counts

GENRES = 4
LATELY = 5  # rounds
PAPER_TOOLS: tuple[ToolName, ...] = ("categories", "search")

Tool = Callable[[EpisodeState, str, Parts], str]  # state, search query and parts to a text

_registered: dict[str, Tool] = {}


def register_tool(name: str, tool: Tool) -> None:
    """Makes a tool known in this process to every arm that names it.

    The Actor reads its text under the tool's name.
    """
    if name in get_args(ToolName) or not name.isidentifier():
        raise ValueError(f"a tool cannot be named {name!r}: take a new name of letters and digits")
    _registered[name] = tool


def known_tools() -> list[str]:
    """The names of all tools that an arm can have in this process."""
    return [*get_args(ToolName), *_registered]


def tools_of(context: Context, parts: Parts) -> Sequence[str]:
    """The Actor's tools: those the context names, else the paper's or the arm's."""
    if context.tools is not None:
        return context.tools
    return PAPER_TOOLS if context.learning == "paper" else parts.arm.tools


def run_tools(names: Sequence[str], state: EpisodeState, query: str, parts: Parts) -> str:
    """The tools' texts for this situation; the query is that of the catalogue search."""
    text = section("Genres", _categories(state, parts)) if "categories" in names else ""
    for name in names:
        if tool := _registered.get(name):
            text += section(name.replace("_", " ").capitalize(), tool(state, query, parts))
    return text


def _categories(state: EpisodeState, parts: Parts) -> str:
    """The paper's genre statistics: viewed before, shown lately, and not shown lately."""
    catalogue = parts.world.catalogue
    viewed = genre_counts(state["history"], catalogue)
    lately = genre_counts([step["item"] for step in state["steps"][-LATELY:]], catalogue)
    liked_first = sorted(parts.catalogue_search.genres, key=lambda genre: (-viewed[genre], genre))
    lines = [
        ("Viewed before", format_counts(viewed, GENRES)),
        ("Shown lately", format_counts(lately, GENRES)),
        ("Resting", ", ".join([genre for genre in liked_first if genre not in lately][:GENRES])),
    ]
    return "\n".join(f"{name}: {genres}" for name, genres in lines if genres)
