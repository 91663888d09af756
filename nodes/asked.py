"""What a person asks for in a conversation, as the Actor and its candidates heed it."""

from nodes.parsing.chat_message import WISH_LIMIT
from nodes.prompts import section
from nodes.state import EpisodeState
from nodes.trajectory import items_of, quoted, session_titles
from simulator import Catalogue, plain

WISH = "What the user asks for, in their own words"


def wish_of(state: EpisodeState) -> str:
    """The person's wish for the coming round; untrusted text on one line."""
    return plain(state.get("wish") or "", WISH_LIMIT)


def wish_section(state: EpisodeState) -> str:
    """The section of a prompt that quotes the wish, which cannot close its quotation."""
    wish = wish_of(state)
    return section(WISH, quoted(wish) if wish else "")


def items_not_to_offer(state: EpisodeState, catalogue: Catalogue) -> list[int]:
    """The items that were shown in this session or viewed before it, and those not wanted."""
    known = items_of(session_titles(state), catalogue)
    return [*known, *unwanted_items(state, catalogue)]


def unwanted_items(state: EpisodeState, catalogue: Catalogue) -> list[int]:
    """The items that are not to be recommended in this session, by their genres or titles."""
    unwanted = state.get("unwanted")
    if not unwanted:
        return []
    genres = set(unwanted["genres"])
    of_genres = [
        item for item, its in enumerate(catalogue.genres) if genres and not genres.isdisjoint(its)
    ]
    return [*of_genres, *items_of(unwanted["titles"], catalogue)]
