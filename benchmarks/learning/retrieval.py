"""Which text of a situation, and which way to search it, foretells best how a session goes on.

    python -m benchmarks retrieval --world NAME

The `offline` model, or a reference policy, plays sessions on the training half. Half of the users
are remembered; for every round of the others, the rounds recalled tell whether the user stays
(AUC) and the discounted return (R2).
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from benchmarks.prompts.sessions import play_all, teach
from experiments.errors import one_line
from experiments.playing.wordless import wordless_step
from experiments.terminal import wide_console
from graph.load import load_parts
from graph.trainer import draw_users
from nodes import Context, Parts, Step
from nodes.situation import lately, liked, situation, taste
from nodes.trajectory import state_text
from nodes.value_memory import SAME
from simulator import Catalogue, World, WorldError
from simulator.batch_play import play_sessions
from simulator.policies import POLICIES, make_policy
from simulator.quit_rule import QUIT_CAUSES
from simulator.rewards import biases
from stores import Memories, default_embedder

Floats = NDArray[np.float64]
Text = Callable[[Sequence[str], Sequence[Step], Catalogue], str]

STAND_IN = "billp"
TAUGHT = 40  # users from whom the stand-in learns before it plays
UNSEEN_ROUNDS = 6  # of a session that was cut off: so many last rounds have no whole return
TAU, NEAREST = 0.1, (5, 10, 20, 40)
BLOCK = 256
TEXTS: Mapping[str, Text] = {
    "last ten titles": lambda viewed, steps, _: state_text(viewed, steps),
    "last three titles": lambda viewed, steps, _: "; ".join(
        [*viewed, *(step["item"] for step in steps)][-3:]
    ),
    "shown lately": lambda _, steps, catalogue: lately(steps, catalogue),
    "taste": lambda viewed, steps, catalogue: taste(liked(viewed, steps, catalogue)),
    "taste, shown lately": lambda viewed, steps, catalogue: situation(
        viewed, steps, catalogue, "default"
    ),
}


@dataclass(frozen=True)
class Played:
    """A session as the memories see it."""

    viewed: Sequence[str]
    steps: Sequence[Step]
    left: bool


@dataclass(frozen=True)
class Round:
    """The situation before a round, what came of it, and whether it is remembered or foretold."""

    viewed: Sequence[str]
    before: Sequence[Step]
    stayed: float
    worth: float
    remembered: bool


@dataclass(frozen=True)
class Found:
    """How well a retrieval foretells; `met` is the share of rounds for which it found anything."""

    met: float
    auc: float
    r2: float


def main(arguments: Sequence[str]) -> int:
    """Prints a table of texts and retrievals; 2 where the world cannot be had."""
    options = read_options(arguments)
    context = Context(
        world=options.world,
        half="train",
        learn=False,
        memory="retrieval",
        max_rounds=options.rounds,
        seed=options.seed,
    )
    try:
        parts = load_parts(context, memories=Memories.in_memory(default_embedder()))
        users = draw_users(parts.world.users, TAUGHT + options.users, options.seed)
        if options.player == STAND_IN:
            sessions = asyncio.run(stand_in_sessions(users, context, parts))
        else:
            sessions = policy_sessions(options.player, users[TAUGHT:], parts.world, options.rounds)
    except WorldError as error:
        print(f"benchmarks retrieval: {one_line(str(error))}", file=sys.stderr)
        return 2
    rounds = rounds_of(sessions, context.gamma)
    title = (
        f"{options.world}: {len(sessions)} sessions of {options.player}, {len(rounds)} rounds, "
        f"{100 * np.mean([one.stayed for one in rounds]):.0f} % stayed"
    )
    wide_console().print(table(title, rounds, parts.world.catalogue))
    return 0


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, or an exit that says which one is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks retrieval",
        description="How well recalled situations foretell how a session goes on.",
    )
    add = parser.add_argument
    add("--world", default="demo", help="'demo', a world built by name, or a world's folder")
    add("--player", choices=(STAND_IN, *POLICIES), default=STAND_IN, help="who plays the sessions")
    add("--users", type=int, default=200, help="half of them are remembered")
    add("--rounds", type=int, default=30, help="after which a session is cut off")
    add("--seed", type=int, default=0, help="of the users and of the model")
    return parser.parse_args(arguments)


async def stand_in_sessions(users: Sequence[int], context: Context, parts: Parts) -> list[Played]:
    """Sessions of the stand-in, once it has learned from the first users."""
    await teach(users[:TAUGHT], context, parts)
    met = users[TAUGHT:]
    sessions = await play_all(met, [context.max_rounds] * len(met), context, parts)
    states = [session.before["reflector"][0] for session in sessions]
    return [
        Played(state["history"], state["steps"], bool(state["steps"][-1]["quit"]))
        for state in states
    ]


def policy_sessions(name: str, users: Sequence[int], world: World, rounds: int) -> list[Played]:
    """Sessions of a reference policy."""
    titles = world.catalogue.titles
    played = play_sessions(world, make_policy(name, world), users, "train", max_rounds=rounds)
    found = []
    for row, user in enumerate(users):
        length, left = int(played.lengths[row]), bool(played.causes[row])
        steps = [
            wordless_step(
                at + 1,
                titles[played.items[row, at]],
                float(played.rewards[row, at]),
                QUIT_CAUSES[played.causes[row]] if at == length - 1 else None,
            )
            for at in range(length)
        ]
        found.append(Played([titles[item] for item in world.histories[user]], steps, left))
    return found


def rounds_of(sessions: Sequence[Played], gamma: float) -> list[Round]:
    """The rounds of all sessions whose returns are known; every other session is remembered."""
    found = []
    for number, one in enumerate(sessions):
        worth = 0.0
        last = len(one.steps) - (0 if one.left else UNSEEN_ROUNDS)
        for at in reversed(range(len(one.steps))):
            step = one.steps[at]
            worth = step["reward"] + gamma * worth
            if at < last:
                stayed = float(step["quit"] is None)
                found.append(Round(one.viewed, one.steps[:at], stayed, worth, number % 2 == 0))
    return found


def table(title: str, rounds: Sequence[Round], catalogue: Catalogue) -> Table:
    """A row a text, a column a retrieval: AUC and R2."""
    shown = Table(title=f"{title}\nAUC of staying / R2 of the return")
    shown.add_column("text", no_wrap=True)
    for name in (f"within {TAU}", "found", *(f"{k} nearest" for k in NEAREST)):
        shown.add_column(name, justify="right", no_wrap=True)
    for name, text in TEXTS.items():
        distances = distances_of(rounds, text, catalogue)
        within = foretold(rounds, np.where(distances < TAU, 1.0, 0.0))
        cells = [f"{within.auc:.2f} / {within.r2:+.2f}", f"{100 * within.met:.0f} %"]
        for k in NEAREST:
            found = foretold(rounds, nearest_weights(distances, k))
            cells.append(f"{found.auc:.2f} / {found.r2:+.2f}")
        shown.add_row(name, *cells)
    return shown


def distances_of(rounds: Sequence[Round], text: Text, catalogue: Catalogue) -> Floats:
    """Squared distances of the rounds to foretell, a row each, from those remembered."""
    texts = [text(one.viewed, one.before, catalogue) for one in rounds]
    embedder, distinct = default_embedder(), list(dict.fromkeys(texts))
    parts = [embedder.embed(distinct[at : at + BLOCK]) for at in range(0, len(distinct), BLOCK)]
    place = {one: at for at, one in enumerate(distinct)}
    vectors = np.concatenate(parts)[[place[one] for one in texts]]
    known = np.array([one.remembered for one in rounds])
    alike: Floats = np.asarray(vectors[~known] @ vectors[known].T, np.float64)
    return np.maximum(0.0, 2.0 - 2.0 * alike)  # of unit vectors


def nearest_weights(distances: Floats, k: int) -> Floats:
    """The weights of the k nearest, as the Critic weighs them; those of all others are 0."""
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    weights = np.zeros_like(distances)
    near = np.take_along_axis(distances, nearest, axis=1)
    np.put_along_axis(weights, nearest, 1 / (1 + near / SAME), axis=1)
    return weights


def foretold(rounds: Sequence[Round], weights: Floats) -> Found:
    """What weighted means of what is remembered say; the mean of all where nothing is found."""
    known = np.array([one.remembered for one in rounds])
    total = weights.sum(axis=1)
    scores = []
    for values in ([one.stayed for one in rounds], [one.worth for one in rounds]):
        of = np.array(values)
        said = (weights @ of[known]) / np.where(total > 0, total, 1.0)
        scores.append((np.where(total > 0, said, of[known].mean()), of[~known]))
    return Found(float((total > 0).mean()), auc(*scores[0]), r2(*scores[1]))


def auc(scores: Floats, stayed: Floats) -> float:
    """The share of pairs of one who stayed and one who left that the scores order rightly."""
    stays = stayed == 1
    if stays.all() or not stays.any():
        return float("nan")
    return biases.auc(scores[stays], scores[~stays])


def r2(said: Floats, true: Floats) -> float:
    """The share of variance that is explained; below 0 it is worse than the mean."""
    return float(1 - ((said - true) ** 2).sum() / ((true - true.mean()) ** 2).sum())
