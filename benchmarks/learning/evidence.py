"""How well the evidence on candidates' lines foretells that users stay.

    python -m benchmarks evidence --world NAME

An arm learns with users of the training half. Users whom it never met are then played by the test
half, and shown any item of their list: for every candidate of every round, what its line says is
compared with what the user would do.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.learning.retrieval import auc
from experiments.errors import one_line
from experiments.playing.offered_policies import at_random, session_of
from experiments.terminal import wide_console
from graph.load import load_parts
from graph.trainer import build_trainer, draw_users
from models.tokens import estimate
from nodes import Context, Parts
from nodes.actor import offered_items
from nodes.candidates import candidates_text
from simulator import WorldError
from simulator.environment import user_response
from stores import Memories


@dataclass
class Seen:
    """What lines said, whether users would have stayed, and how long the lists were."""

    said: list[int] = field(default_factory=list)
    stayed: list[bool] = field(default_factory=list)
    candidates: int = 0
    tokens: list[int] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Prints the figures of each seed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks evidence", description=__doc__)
    parser.add_argument("--world", default="demo", help="the world (default: demo)")
    parser.add_argument("--arm", default="billp", help="the arm that learns (default: billp)")
    parser.add_argument("--model", default="offline", help="its chat model (default: offline)")
    parser.add_argument("--episodes", type=int, default=100, help="episodes to learn from (100)")
    parser.add_argument("--users", type=int, default=100, help="users whom it never met (100)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (1)")
    options = parser.parse_args(arguments)
    table = Table("seed", "facts that entered", "rounds", "lines with evidence", "AUC", "tokens")
    try:
        for seed in range(options.seeds):
            table.add_row(str(seed), *asyncio.run(_measured(options, seed)))
    except WorldError as error:
        print(one_line(str(error)), file=sys.stderr)
        return 2
    wide_console().print(table)
    return 0


async def _measured(options: argparse.Namespace, seed: int) -> list[str]:
    train = Context(
        world=options.world, arm=options.arm, model=options.model, seed=seed, memory="ephemeral"
    )
    parts = load_parts(train)
    memories = Memories.in_memory(parts.embedder)
    users = draw_users(parts.world.users, parts.world.users, [seed, 1])

    def load(context: Context) -> Parts:
        return replace(load_parts(context), memories=memories)

    given: Any = {"users": users[::-1][: options.episodes], "batch": 10, "name": "t", "at": 1}
    await build_trainer(load).ainvoke(given, {"recursion_limit": 10_000}, context=train)
    test = replace(train, half="test", learn=False)
    seen = Seen()
    facts, rounds = "-", 0
    for user in users[: options.users]:
        found = _watch(user, test, load(test), seen)
        if found:
            facts, rounds = ", ".join(found.names), found.rounds
    memories.close()
    share = len(seen.said) / max(1, seen.candidates)
    area = auc(np.array(seen.said, float), np.array(seen.stayed)) if seen.said else float("nan")
    tokens = f"{np.median(seen.tokens):.0f}"
    return [facts, str(rounds), f"{share:.0%}", f"{area:.3f}", tokens]


def _watch(user: int, context: Context, parts: Parts, seen: Seen) -> Any:
    """Shows a user any item of each list until they leave."""
    shown: list[int] = []
    ratings: list[float] = []
    while True:
        offered = offered_items(session_of(user, shown, ratings, parts.world), context, parts)
        text = candidates_text(offered, parts.world.catalogue, numbered=True)
        seen.tokens.append(estimate(len(text)))
        seen.candidates += len(offered.candidates)
        for one in offered.candidates:
            if one.support:
                response = user_response(parts.half, parts.rule, user, shown, one.item)
                seen.said.append(one.support.stayed)
                seen.stayed.append(response.cause is None)
        chosen = at_random(offered.candidates, user, shown, parts).item
        response = user_response(parts.half, parts.rule, user, shown, chosen)
        shown.append(chosen)
        ratings.append(response.reward)
        if response.cause or len(shown) >= context.max_rounds:
            return offered.evidence
