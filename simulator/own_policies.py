"""Reference policies that a program brings along, known by names of their own."""

from collections.abc import Callable

import numpy as np

from simulator.arrays import Indices
from simulator.batch_environment import Sessions
from simulator.errors import WorldError, name_hint
from simulator.policies import POLICIES, Policy, ReferencePolicy, make_policy
from simulator.world import World

MakePolicy = Callable[[World], Policy]

_registered: dict[str, MakePolicy] = {}


def register_policy(name: str, make: MakePolicy) -> None:
    """Makes a policy known in this process; `make` is called with the world."""
    if name in POLICIES or not name.replace("-", "_").isidentifier():
        raise WorldError(f"a policy cannot be named {name!r}: take a new name of letters and -")
    _registered[name] = make


def known_policies() -> list[str]:
    """The names of all policies that can be played in this process."""
    return [*POLICIES, *_registered]


def find_policy(name: str, world: World) -> ReferencePolicy:
    """The reference policy of this name, or the one that was registered last under it."""
    if name in POLICIES:
        return make_policy(name, world)
    if name not in _registered:
        hint = name_hint(name, known_policies(), "policies")
        raise WorldError(f"unknown policy {name!r}: {hint}")
    policy = _registered[name](world)
    return policy if isinstance(policy, ReferencePolicy) else OneByOne(name, policy, world)


class OneByOne(ReferencePolicy):
    """A policy for one user at a time, asked for each of many sessions."""

    def __init__(self, name: str, policy: Policy, world: World) -> None:
        super().__init__(world)
        self._name = name
        self._policy = policy

    def _pick(self, sessions: Sessions) -> Indices:
        rows = zip(sessions.users, sessions.shown, sessions.lengths, strict=True)
        chosen = [
            self._checked(self._policy.choose(int(user), shown[:length].tolist()))
            for user, shown, length in rows
        ]
        return np.array(chosen, np.intp)

    def _checked(self, item: object) -> int:
        number = int(item) if isinstance(item, int | np.integer) else -1
        if not 0 <= number < self.items:
            raise WorldError(
                f"policy {self._name!r} chose {item!r}: items are 0 to {self.items - 1}"
            )
        return number
