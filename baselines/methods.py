"""The seven methods by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from baselines.a2c import A2C, A2CSettings
from baselines.bcq import BCQ, BCQSettings
from baselines.cql import CQL, CQLSettings
from baselines.crr import CRR, CRRSettings
from baselines.dorl import DORL, DORLSettings
from baselines.dqn import DQN, DQNSettings
from baselines.errors import BaselineError
from baselines.learner import AnyLearner, MethodSettings
from baselines.sqn import SQN, SQNSettings
from simulator.errors import name_hint


@dataclass(frozen=True)
class Method:
    """A method's learner and its settings."""

    name: str
    learner: type[AnyLearner]
    settings: type[MethodSettings]


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("sqn", SQN, SQNSettings),
        Method("crr", CRR, CRRSettings),
        Method("bcq", BCQ, BCQSettings),
        Method("cql", CQL, CQLSettings),
        Method("dqn", DQN, DQNSettings),
        Method("a2c", A2C, A2CSettings),
        Method("dorl", DORL, DORLSettings),
    )
}


def find_method(name: str) -> Method:
    """The method of this name."""
    if name in METHODS:
        return METHODS[name]
    raise BaselineError(f"unknown method {name!r}: {name_hint(name, METHODS, 'methods')}")
