"""The paper's seven RL methods, trained on the worlds and users that chat models are tried on."""

from baselines.agent import Agent
from baselines.errors import BaselineError
from baselines.learner import Settings
from baselines.methods import METHODS, Method, find_method
from baselines.run import Point, Progress
from baselines.train import Trained, train

__all__ = [
    "METHODS",
    "Agent",
    "BaselineError",
    "Method",
    "Point",
    "Progress",
    "Settings",
    "Trained",
    "find_method",
    "train",
]
