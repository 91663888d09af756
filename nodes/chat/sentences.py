"""The sentences of a conversation. They are Markdown, in which foreign text marks nothing up."""

import re
from collections.abc import Iterable, Sequence

from nodes.parsing.chat_message import Said
from nodes.state import Choice, Ending
from simulator.text import plural

GENRES_TOLD = 8
MARKUP = str.maketrans({mark: f"\\{mark}" for mark in r"\`*_[]<>~$|#!"})
LINK = re.compile(r"(https?:|www)(?=[/.])", re.IGNORECASE)  # chat pages make links of addresses

HINT = (
    "Rate it from 1 to 5, or say “something else”, “not” and a genre or a title, what you would "
    "rather have, “why?”, or “bye”."
)
NO_TEXT = "I read text only, and found none."
NOTHING_TO_RATE = "There is nothing to rate yet."
NOTHING_LEFT = (
    "Nothing is left in the catalogue that was not shown or refused: say “bye” to end this "
    "session, and the next one begins anew."
)
NO_REASON = "it is the nearest in the catalogue to what is known of you"
BYE = "Bye. Write again whenever you like: a new session begins then."


def literal(text: str) -> str:
    """Foreign text as Markdown shows it literally: no emphasis, links, images or HTML."""
    return LINK.sub(r"\1 ", text).translate(MARKUP)


def quote(text: str) -> str:
    """Foreign text in quotation marks."""
    return f"“{literal(text)}”"


def listed(names: Iterable[str]) -> str:
    """Foreign names between commas."""
    return ", ".join(map(literal, names))


def notes(said: Said, choice: Choice | None, common_genres: Sequence[str]) -> list[str]:
    """How a message was understood, as far as the person has to be told."""
    told = [NO_TEXT] if said.is_empty else []
    if said.rating is not None:
        rated = choice and f"You rated {quote(choice['item'])} {said.rating:g} of 5."
        told.append(rated or NOTHING_TO_RATE)
    elif said.no_rating:
        told.append(f"A rating is a number from 1 to 5, which {quote(said.no_rating)} is not.")
    if refused := (*said.genres, *said.titles):
        told.append(f"Left out in this session: {listed(refused)}.")
    if said.unknown:
        unknown, some = ", ".join(map(quote, said.unknown)), listed(common_genres[:GENRES_TOLD])
        told.append(f"I know no genre or title like {unknown}. Some genres are {some}.")
    return told


def proposal(title: str, genres: Sequence[str], reason: str, *, repeats: bool) -> list[str]:
    """The item of the coming round, with the reason for it."""
    of = f" ({listed(genres)})" if genres else ""
    begin = "Still open" if repeats else "I suggest"
    return [f"{begin}: **{literal(title)}**{of}", f"Why this one: {reason}."]


def end_of_session(ending: Ending, reflection: str) -> list[str]:
    """How the session went and what was taken from it."""
    if not ending["rounds"]:
        return [BYE]
    rounds = plural(ending["rounds"], "round")
    told = [f"The session ended after {rounds}, rated {ending['mean_reward']:.1f} on average."]
    if reflection:
        told.append(f"What is taken from it: {literal(reflection)}")
    return [*told, BYE]
