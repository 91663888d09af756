"""Gymnasium environments, for one user or for many at once."""

from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from simulator.arrays import Flags, Indices
from simulator.batch_environment import BatchEnvironment, Sessions
from simulator.environment import Environment, Rules
from simulator.errors import WorldError
from simulator.quit_rule import QUIT_CAUSES
from simulator.world import HalfName, World

try:
    import gymnasium
    from gymnasium.envs.registration import EnvSpec
    from gymnasium.spaces import Dict, Discrete, MultiDiscrete
    from gymnasium.vector import AutoresetMode, VectorEnv
    from gymnasium.vector.utils import batch_space
except ImportError as error:
    raise ImportError(
        "gymnasium is not installed; the environments need it: pip install 'billp[baselines]'"
    ) from error

RECENT = 10
ENV_ID = "billp/World-v0"

Seen = dict[str, Any]  # `user`, and `recent`: the last items, latest first
Info = dict[str, Any]


class WorldEnv(gymnasium.Env[Seen, np.int64]):
    """One user at a time, random at `reset` unless `options={"user": ...}` names one."""

    def __init__(self, world: World, half: HalfName = "train", **rules: Unpack[Rules]) -> None:
        self.environment = Environment(world, half, **rules)
        self.observation_space = _observations(world)
        self.action_space = Discrete(len(world.catalogue))

        def remake(**settings: Any) -> WorldEnv:
            return WorldEnv(world, half, **{**rules, **settings})

        # gymnasium would deep-copy keyword arguments, and a world is large
        self.spec = EnvSpec(ENV_ID, remake)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, Info]:
        """See `gymnasium.Env.reset`."""
        super().reset(seed=seed)
        user = (options or {}).get("user")
        if user is None:
            user = int(self.np_random.integers(self.environment.world.users))
        self.environment.reset(user)
        return self._seen(), {}

    def step(self, action: np.int64) -> tuple[Seen, float, bool, bool, Info]:
        """See `gymnasium.Env.step`; when the user quits, `info` has the `cause`."""
        outcome = self.environment.step(int(action))
        info = {} if outcome.cause is None else {"cause": outcome.cause}
        return self._seen(), outcome.reward, outcome.terminated, outcome.truncated, info

    def _seen(self) -> Seen:
        user, shown = self.environment.user or 0, self.environment.shown
        return _row(_seen(Sessions.one(user, shown), len(self.environment.world.catalogue)), 0)


class WorldVectorEnv(VectorEnv[Seen, Indices, NDArray[Any]]):
    """Many users; a finished session is replaced in the same step by one of a random user."""

    def __init__(
        self, world: World, num_envs: int, half: HalfName = "train", **rules: Unpack[Rules]
    ) -> None:
        self.environment = BatchEnvironment(world, half, **rules)
        self.num_envs = num_envs
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}
        self.single_observation_space = _observations(world)
        self.single_action_space = Discrete(len(world.catalogue))
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, Info]:
        """See `VectorEnv.reset`; `options={"users": [...]}` names the first users."""
        super().reset(seed=seed)
        users = (options or {}).get("users")
        if users is None:
            users = self.np_random.integers(self.environment.world.users, size=self.num_envs)
        if len(users) != self.num_envs:
            raise WorldError(
                f"expected {self.num_envs} users, one per environment: got {len(users)}"
            )
        self.environment.reset(users)
        return self._seen(), {}

    def step(self, actions: Indices) -> tuple[Seen, NDArray[np.float64], Flags, Flags, Info]:
        """See `VectorEnv.step`; `final_info` has the `cause` of users who quit."""
        outcome = self.environment.step(actions)
        seen, info = self._seen(), {}
        if outcome.over.any():
            info = _endings(seen, outcome.over, outcome.causes)
            self.environment.restart_finished(self.np_random)
            seen = self._seen()
        rewards = outcome.rewards.astype(np.float64)
        return seen, rewards, outcome.terminated, outcome.truncated, info

    def _seen(self) -> Seen:
        return _seen(self.environment.sessions, len(self.environment.world.catalogue))


def _observations(world: World) -> Dict:
    """In `recent`, the number of items stands for no item."""
    recent = MultiDiscrete(np.full(RECENT, len(world.catalogue) + 1))
    return Dict({"recent": recent, "user": Discrete(world.users)})


def _seen(sessions: Sessions, none: int) -> Seen:
    recent = sessions.recent(RECENT).astype(np.int64)
    recent[recent < 0] = none
    return {"recent": recent, "user": sessions.users.astype(np.int64)}


def _row(seen: Seen, row: int) -> Seen:
    return {"recent": seen["recent"][row].copy(), "user": seen["user"][row]}


def _endings(seen: Seen, over: Flags, causes: NDArray[np.int8]) -> Info:
    """Gymnasium's record of the sessions that ended in this step: arrays, each with its mask."""
    last = np.full(len(over), None, object)
    for row in np.flatnonzero(over).tolist():
        last[row] = _row(seen, row)
    info: Info = {
        "final_obs": last,
        "_final_obs": over,
        "final_info": {},
        "_final_info": over.copy(),
    }
    if causes.any():
        info["final_info"] = {"cause": np.array(QUIT_CAUSES, object)[causes], "_cause": causes > 0}
    return info
