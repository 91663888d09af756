"""`billp evaluate`: evaluate what a run has learned."""

import argparse
from pathlib import Path

from experiments.commands.option_types import Commands, count
from experiments.commands.run_options import add_evaluate_option, add_play_options


def add_command(commands: Commands) -> None:
    """Adds `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="evaluate what a run has learned")
    evaluate.set_defaults(run=run)
    evaluate.add_argument("trained", type=Path, help="the folder of a run that trained")
    evaluate.add_argument("--episodes", type=count, default=100, help="for each seed")
    add_evaluate_option(evaluate)
    add_play_options(evaluate)


def run(options: argparse.Namespace) -> int:
    """Plays the evaluation."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import evaluation_settings

    return run_from_options(evaluation_settings(options), options)
