"""Policies that choose from the list an Actor is offered: what the tools do, without a choice.

They plan nothing, so the search looks for what is like the latest titles, as for `act-only`.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.playing.run import CellPhase
from experiments.playing.wordless import wordless_step
from graph.load import load_parts
from nodes import Context, EpisodeState, Parts
from nodes.actor import offered_items
from nodes.candidates import Candidate
from simulator import World
from simulator.environment import user_response
from simulator.own_policies import OneByOne
from simulator.policies import ReferencePolicy

Pick = Callable[[Sequence[Candidate], int, Sequence[int], Parts], Candidate]


def offered_policy(cell: CellPhase) -> Callable[[World], ReferencePolicy]:
    """The policy of a cell; its parts are those of an arm that neither plans nor learns."""
    context, name = cell.context, cell.variant.method
    policy = OfferedPolicy(load_parts(context), context, PICKS[name])
    return lambda world: OneByOne(name, policy, world)


class OfferedPolicy:
    """Chooses for one user at a time."""

    def __init__(self, parts: Parts, context: Context, pick: Pick) -> None:
        self._parts = parts
        self._context = context
        self._pick = pick

    def choose(self, user: int, shown: Sequence[int]) -> int:
        """See `Policy.choose`."""
        ratings = self._parts.half.rewards.rate(user, shown).tolist() if shown else []
        state = session_of(user, shown, ratings, self._parts.world)
        offered = offered_items(state, self._context, self._parts).candidates
        return self._pick(offered, user, shown, self._parts).item


def session_of(
    user: int, shown: Sequence[int], ratings: Sequence[float], world: World
) -> EpisodeState:
    """The state of a session without plans in which these items were shown and so rated."""
    titles = world.catalogue.titles
    return EpisodeState(
        user=user,
        history=[titles[item] for item in world.histories[user]],
        thought="",
        steps=[
            wordless_step(number, titles[item], rating)
            for number, (item, rating) in enumerate(zip(shown, ratings, strict=True), 1)
        ],
    )


def at_random(offered: Sequence[Candidate], user: int, shown: Sequence[int], _: Parts) -> Candidate:
    """Any of them."""
    return offered[int(np.random.default_rng([user, len(shown)]).integers(len(offered)))]


def by_taste(offered: Sequence[Candidate], user: int, shown: Sequence[int], _: Parts) -> Candidate:
    """The best expected rating."""
    return max(offered, key=lambda one: one.rating or 0.0)


def by_oracle(
    offered: Sequence[Candidate], user: int, shown: Sequence[int], parts: Parts
) -> Candidate:
    """The best rating that does not end the session, by the user's own half."""

    def outcome(one: Candidate) -> tuple[bool, float]:
        response = user_response(parts.half, parts.rule, user, shown, one.item)
        return response.cause is None, response.reward

    return max(offered, key=outcome)


PICKS: Mapping[str, Pick] = {
    "offered-random": at_random,
    "offered-taste": by_taste,
    "offered-oracle": by_oracle,
}
