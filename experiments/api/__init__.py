"""Runs from Python: the functions that the commands have, and their results."""

from experiments.api.functions import compare, evaluate, train
from experiments.api.result import Difference, MetricFigure, PlayedEpisode, RunResult, open_run
