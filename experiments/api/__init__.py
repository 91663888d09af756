"""Runs from Python: the functions that the commands have, and their results."""

from experiments.api.functions import compare, evaluate, train
from experiments.api.result import Difference, Figure, PlayedEpisode, RunResult, open_run
