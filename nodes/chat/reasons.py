"""Why an item was proposed, told from the session's state without asking a chat model."""

from nodes.asked import wish_of
from nodes.candidates import Candidate, Offer
from nodes.chat.sentences import NO_REASON, listed, literal, quote
from nodes.parsing.query import said_to_show
from nodes.situation import liked
from nodes.state import EpisodeState
from simulator import Catalogue
from simulator.text import plural


def reason(state: EpisodeState, title: str, catalogue: Catalogue) -> str:
    """The reason in brief: the person's wish or else the plan, and what they liked."""
    told = []
    if wish := wish_of(state):
        told.append(f"you asked for {quote(wish)}")
    known = liked(state["history"], state["steps"], catalogue)
    if shared := [genre for genre in catalogue.genres_of(title) if genre in known]:
        told.append(f"you liked {listed(shared)}")
    plan = said_to_show(state["thought"])
    if plan and not wish:
        told.append(f"the plan is {quote(plan.rstrip('.'))}")
    return "; ".join(told) or NO_REASON


def explanation(state: EpisodeState, title: str, offered: Offer, catalogue: Catalogue) -> list[str]:
    """All reasons, a line each: also the evidence, the whole plan and recalled principles."""
    told = [f"**{literal(title)}**, because {reason(state, title, catalogue)}."]
    item = catalogue.find(title)
    told += [line for one in offered.candidates if one.item == item for line in _facts(one)]
    if offered.evidence and told[1:]:
        told[-1] += f" This is told by {plural(offered.evidence.rounds, 'round')} that were played."
    if state["thought"]:
        told.append(f"The plan: {literal(state['thought'])}")
    told += [f"From earlier sessions: {literal(one['text'])}" for one in state["principles"]]
    unwanted = state["unwanted"]
    if refused := [*unwanted["genres"], *unwanted["titles"]]:
        told.append(f"Left out in this session: {listed(refused[:20])}.")
    return [told[0], "\n".join(f"- {line}" for line in told[1:])] if told[1:] else told


def _facts(one: Candidate) -> list[str]:
    """What the Actor was told of the item."""
    told = []
    if one.rating is not None:
        told.append(f"Your expected rating of it is {one.rating:.1f}.")
    alike = f"was last shown in round {one.alike}" if one.alike else "was not shown lately"
    told.append(f"Its kind {alike}.")
    if one.support:
        told.append(f"Of 100 users, {one.support.stayed} stayed in such rounds.")
    return told
