"""The Critic's estimates of states beside what sessions from there were worth (figure 4).

A state is a moment of a session of an evaluated user. From its checkpoint the session is played to
its end again and again, each time with another seed of the chat models: the mean of the discounted
ratings is what the state is worth under this policy. The Critic is asked as often as wanted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from experiments.errors import RunError
from experiments.playing.cell_memories import memories_of
from experiments.playing.critic_findings import Findings, Key
from experiments.playing.phase_player import Failures, Shared, of_the_run
from experiments.playing.policy_episodes import evaluation_users
from experiments.playing.runner import Run, checkpoints
from experiments.playing.slots import Slots
from experiments.runs.files import write_json
from experiments.runs.settings import StudySize
from graph.episode import LoadedNodes, build_graph
from graph.load import load_parts
from graph.trainer import failure
from models import StoppedError
from nodes import Context, EpisodeState, Parts, criticise

ROUNDS_IN = (0, 1, 2, 3, 5)  # how far the sessions are when a state is taken, in turn
ESTIMATES_FROM, ROLLOUTS_FROM = 10_000, 20_000  # seeds apart from those of the run


@dataclass(frozen=True)
class StudiedState:
    """A state with what the Critic said of it and what it was worth."""

    user: int
    round: int
    estimates: Sequence[float]
    returns: Sequence[float]

    def figures(self) -> dict[str, Any]:
        """Means, spreads and the bias."""
        said, true = np.array(self.estimates), np.array(self.returns)
        return {
            **asdict(self),
            "estimate_mean": round(float(said.mean()), 6),
            "estimate_sd": round(float(said.std(ddof=1)), 6) if len(said) > 1 else None,
            "return_mean": round(float(true.mean()), 6),
            "return_sd": round(float(true.std(ddof=1)), 6) if len(true) > 1 else None,
            "bias": round(float(said.mean() - true.mean()), 6),
        }


class Study:
    """Plays sessions of an arm and asks its Critic, as far as the findings do not know already."""

    def __init__(
        self, shared: Shared, findings: Findings, load: Callable[[Context], Parts], context: Context
    ) -> None:
        self._shared = shared
        self._findings = findings
        self._context = context
        self._parts = LoadedNodes(load).parts
        self._graph = build_graph(load, shared.saver)

    async def state(self, user: int, rounds_in: int, size: StudySize) -> StudiedState:
        """Values one state of this user's session, as far into it as wanted or as it lasted."""
        place, round_ = await self._find((user, "state", 0), self._moment, user, rounds_in)
        said = (
            self._find((user, "estimate", number), self._estimate, user, place, number)
            for number in range(size.estimates)
        )
        true = (
            self._find((user, "return", number), self._rollout, user, place, round_, number)
            for number in range(size.rollouts)
        )
        values = await asyncio.gather(*said, *true)
        return StudiedState(user, round_, values[: size.estimates], values[size.estimates :])

    async def _find(self, key: Key, work: Callable[..., Awaitable[Any]], *details: Any) -> Any:
        """What is known, or else what the work finds; it takes a place among those under way."""
        if key in self._findings.known:
            return self._findings.known[key]
        try:
            async with self._shared.slots.taken():
                value = await work(*details)
                await asyncio.to_thread(self._findings.keep, key, value)
                return value
        except Exception as error:
            raise await self._shared.end(_reason(error)) from error

    async def _moment(self, user: int, rounds_in: int) -> tuple[str, int]:
        """The checkpoint before a round's Planner speaks, the latest within the wanted rounds."""
        config = _place(user)
        begun = await self._shared.saver.aget_tuple(config)
        given: Any = None if begun else {"user": user, "episode": f"critic-{user}", "at": 0}
        await self._graph.ainvoke(given, config, context=self._context)
        best, most = "", -1
        async for snapshot in self._graph.aget_state_history(config):
            steps = len(snapshot.values.get("steps", []))
            ahead = "critic" in snapshot.next and not snapshot.values.get("ending")
            if ahead and most < steps <= rounds_in:
                best, most = snapshot.config["configurable"]["checkpoint_id"], steps
        return best, most + 1

    async def _estimate(self, user: int, place: str, number: int) -> float:
        seeded = replace(self._context, seed=ESTIMATES_FROM + number)
        state = await self._state(user, place)
        return float((await criticise(state, seeded, await self._parts(seeded)))["value"])

    async def _rollout(self, user: int, place: str, round_: int, number: int) -> float:
        seeded = replace(self._context, seed=ROLLOUTS_FROM + number)
        await self._state(user, place)
        ended = await self._graph.ainvoke(None, _place(user, place), context=seeded)
        return discounted(ended["steps"][round_ - 1 :], seeded.gamma)

    async def _state(self, user: int, place: str) -> EpisodeState:
        state: Any = (await self._graph.aget_state(_place(user, place))).values
        if not state:
            raise RunError("the checkpoints of the Critic's study are gone: delete critic.jsonl")
        return cast(EpisodeState, state)


def _place(user: int, checkpoint: str | None = None) -> Any:
    """A session's thread, or one of its moments."""
    at = {"checkpoint_id": checkpoint} if checkpoint else {}
    return {"configurable": {"thread_id": f"critic-{user}", **at}}


def _reason(error: Exception) -> Exception:
    """One call that fails stops the study; what it has found stays found."""
    if of_the_run(error):
        return error
    told = failure(error)
    return StoppedError(f"the Critic's study met {told['type']} ({told['message']})")


def discounted(steps: Sequence[Any], gamma: float) -> float:
    """The sum of ratings, each worth less the later it comes."""
    return round(float(sum(step["reward"] * gamma**n for n, step in enumerate(steps))), 4)


async def study_critic(run: Run) -> None:
    """Studies what states of a run were not studied yet, with its first arm that has a Critic."""
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
    context = run.settings.context(variant, seed, "frozen")
    users = evaluation_users(run.settings, seed, run.world)[: size.states]
    findings = Findings(target.with_suffix(".jsonl"))
    cell = run.folder.cell(variant.folder, seed)
    embedder = (await asyncio.to_thread(load_parts, context)).embedder
    async with (
        checkpoints(target.with_suffix(".sqlite")) as saver,
        memories_of(run.settings, cell, variant, "frozen", embedder) as memories,
    ):

        def load(wanted: Context) -> Parts:
            made = load_parts(wanted)
            return run.dress(wanted, replace(made, memories=memories or made.memories))

        shared = Shared(Slots(run.concurrency), saver, run.ledger, Failures(run.ledger))
        study = Study(shared, findings, load, context)
        states = await asyncio.gather(
            *(
                study.state(user, ROUNDS_IN[number % len(ROUNDS_IN)], size)
                for number, user in enumerate(users)
            )
        )
    run.progress.message(f"{variant.name}, seed {seed}, critic: {len(states)} states")
    figures = [state.figures() for state in states]
    return {"variant": variant.name, "gamma": context.gamma, "states": figures}
