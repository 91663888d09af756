"""The Critic's estimates of states beside the returns of sessions from there (figure 4).

A state is a moment of an evaluated user's session. From its checkpoint the session is played to
its end several times, each with another seed of the chat models: the mean discounted return is the
value of the state under this policy.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from pydantic import TypeAdapter
from typing_extensions import TypedDict

import durable
from experiments.errors import RunError
from experiments.playing.cell_memories import memories_of
from experiments.playing.failures import described, stops_run
from experiments.playing.run import CellPhase, Run, Saver, checkpoints, users_of
from experiments.runs.files import append_line, read_lines, write_json
from experiments.runs.settings import StudySize
from graph.episode import build_graph
from graph.load import Load, PartsCache, load_parts
from graph.training import episode_failure
from models import StoppedError
from nodes import Context, EpisodeState
from nodes.critic import estimate

DEPTHS = (0, 1, 2, 3, 5)  # rounds played before a state is taken; users take turns
ESTIMATE_SEEDS, ROLLOUT_SEEDS = 10_000, 20_000  # start beyond the seeds of the run

What = Literal["state", "estimate", "return"]
Key = tuple[int, What, int]


class Finding(TypedDict):
    """A line of critic.jsonl."""

    user: int
    what: What
    number: int
    value: Any


class MadeEstimate(NamedTuple):
    """V(s), the model's reply alone, and the mean of recalled values, None if there were none."""

    value: float
    reply: float
    recalled: float | None


FINDING = TypeAdapter(Finding)


class CriticRecords:
    """An append-only file of findings by user, kind and number, so that none is made twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        durable.drop_unfinished_line(path)
        self.found: dict[Key, Any] = {
            (line["user"], line["what"], line["number"]): line["value"]
            for _, line in read_lines(path, FINDING)
        }

    def append(self, key: Key, value: Any) -> None:
        """Writes a finding to disk."""
        user, what, number = key
        with self._writing:
            append_line(self._path, Finding(user=user, what=what, number=number, value=value))
            self.found[key] = value


@dataclass(frozen=True)
class StudiedState:
    """The Critic's estimates of a state, and the returns of sessions played from it."""

    user: int
    round: int
    estimates: Sequence[float]
    returns: Sequence[float]
    replies: Sequence[float] = ()
    recalled: Sequence[float] = ()

    def figures(self) -> dict[str, Any]:
        """Means, standard deviations, and the bias: the mean estimate less the mean return."""
        estimates, returns = np.array(self.estimates), np.array(self.returns)
        return {
            **asdict(self),
            "estimate_mean": round(float(estimates.mean()), 6),
            "estimate_sd": round(float(estimates.std(ddof=1)), 6) if len(estimates) > 1 else None,
            "return_mean": round(float(returns.mean()), 6),
            "return_sd": round(float(returns.std(ddof=1)), 6) if len(returns) > 1 else None,
            "bias": round(float(estimates.mean() - returns.mean()), 6),
        }


async def study_critic(run: Run) -> None:
    """Writes `critic.json` where the run asks for it, for its first variant with a Critic."""
    target = run.folder.folder / "critic.json"
    if run.settings.critic is None:
        return
    if not target.exists():
        write_json(target, await _studied(run, run.settings.critic, target))
    for path in target.parent.glob("critic.sqlite*"):
        path.unlink()


async def _studied(run: Run, size: StudySize, target: Path) -> dict[str, Any]:
    variant = next(one for one in run.settings.variants if one.judges)
    seed = run.settings.seeds[0]
    cell = CellPhase(run.settings, run.world, variant, seed, "frozen")
    context = cell.context
    # the users evaluated first, and more of the same draw where these are too few
    studied = users_of(replace(run.settings, episodes=size.states), "frozen", seed, run.world)
    records = CriticRecords(target.with_suffix(".jsonl"))
    files = run.folder.cell(variant.folder, seed)
    embedder = (await asyncio.to_thread(load_parts, context)).embedder
    async with (
        checkpoints(target.with_suffix(".sqlite")) as saver,
        memories_of(cell, files, embedder) as memories,
    ):
        study = CriticStudy(run, saver, records, run.loader(variant, memories), context)
        states = await asyncio.gather(
            *(
                study.state(user, DEPTHS[number % len(DEPTHS)], size)
                for number, user in enumerate(studied)
            )
        )
    run.progress.message(f"{variant.name}, seed {seed}, critic: {len(states)} states")
    figures = [state.figures() for state in states]
    return {"variant": variant.name, "gamma": context.gamma, "states": figures}


@dataclass
class CriticStudy:
    """Plays sessions and asks the Critic, as far as the records do not hold the results."""

    run: Run
    saver: Saver
    records: CriticRecords
    load: Load
    context: Context

    def __post_init__(self) -> None:
        self._parts = PartsCache(self.load).get
        self._graph = build_graph(self.load, self.saver)

    async def state(self, user: int, depth: int, size: StudySize) -> StudiedState:
        """Studies the state after `depth` rounds of the user's session, or after its last."""
        checkpoint, round_ = await self._find((user, "state", 0), self._checkpoint, user, depth)
        estimates = (
            self._find((user, "estimate", number), self._estimate, user, checkpoint, number)
            for number in range(size.estimates)
        )
        returns = (
            self._find((user, "return", number), self._return, user, checkpoint, round_, number)
            for number in range(size.rollouts)
        )
        values = await asyncio.gather(*estimates, *returns)
        made = [self._made(value) for value in values[: size.estimates]]
        return StudiedState(
            user,
            round_,
            estimates=[one.value for one in made],
            returns=values[size.estimates :],
            replies=[one.reply for one in made],
            recalled=[one.recalled for one in made if one.recalled is not None],
        )

    def _made(self, value: Any) -> MadeEstimate:
        try:
            return MadeEstimate(*value)
        except TypeError as error:  # a number alone, as earlier versions wrote
            raise RunError(
                "critic.jsonl is of an earlier version: delete it and give the run's command again"
            ) from error

    async def _find(self, key: Key, work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Returns the recorded finding, or does the work in a slot and records its result."""
        if key in self.records.found:
            return self.records.found[key]
        try:
            async with self.run.slots.slot():
                value = await work(*arguments)
                await asyncio.to_thread(self.records.append, key, value)
                return value
        except Exception as error:  # a study has no episodes that may fail: all stop the run
            stop = error
            if not stops_run(error):
                stop = StoppedError(f"the Critic's study met {described(episode_failure(error))}")
            raise await self.run.stop(stop) from error

    async def _checkpoint(self, user: int, depth: int) -> tuple[str, int]:
        """The last checkpoint before a plan within `depth` rounds, and the round that follows."""
        config = _config(user)
        begun = await self.saver.aget_tuple(config)
        given: Any = None if begun else {"user": user, "episode": f"critic-{user}", "at": 0}
        await self._graph.ainvoke(given, config, context=self.context)
        best, most = "", -1
        async for snapshot in self._graph.aget_state_history(config):
            steps = len(snapshot.values.get("steps", []))
            planning = "critic" in snapshot.next and not snapshot.values.get("ending")
            if planning and most < steps <= depth:
                best, most = snapshot.config["configurable"]["checkpoint_id"], steps
        return best, most + 1

    async def _estimate(self, user: int, checkpoint: str, number: int) -> MadeEstimate:
        seeded = replace(self.context, seed=ESTIMATE_SEEDS + number)
        state = await self._state(user, checkpoint)
        made = await estimate(state, seeded, await self._parts(seeded))
        recalled = made.recalled.mean
        return MadeEstimate(
            round(made.value, 4),
            round(made.reply, 4),
            None if recalled is None else round(recalled, 4),
        )

    async def _return(self, user: int, checkpoint: str, round_: int, number: int) -> float:
        seeded = replace(self.context, seed=ROLLOUT_SEEDS + number)
        await self._state(user, checkpoint)
        ended = await self._graph.ainvoke(None, _config(user, checkpoint), context=seeded)
        return discounted_return(ended["steps"][round_ - 1 :], seeded.gamma)

    async def _state(self, user: int, checkpoint: str) -> EpisodeState:
        state: Any = (await self._graph.aget_state(_config(user, checkpoint))).values
        if not state:
            raise RunError("the checkpoints of the Critic's study are gone: delete critic.jsonl")
        return cast(EpisodeState, state)


def discounted_return(steps: Sequence[Any], gamma: float) -> float:
    """The discounted sum of the ratings."""
    return round(float(sum(step["reward"] * gamma**n for n, step in enumerate(steps))), 4)


def _config(user: int, checkpoint: str | None = None) -> Any:
    at = {"checkpoint_id": checkpoint} if checkpoint else {}
    return {"configurable": {"thread_id": f"critic-{user}", **at}}
