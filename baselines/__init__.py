"""The paper's seven RL baselines, trained on the same worlds and users as the LLM methods."""

from baselines.agent import Agent
from baselines.errors import BaselineError
from baselines.learner import MethodSettings
from baselines.methods import METHODS, Method, find_method
from baselines.train import Trained, train
from baselines.training_run import Point, TrainingProgress
