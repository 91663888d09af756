"""`billp evaluate`: evaluate what a run has learned."""

import argparse
from pathlib import Path

from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="evaluate what a run has learned")
    evaluate.set_defaults(run=run)
    evaluate.add_argument("trained", type=Path, help="the folder of a run that trained")
    evaluate.add_argument("--episodes", type=shared.count, default=100, help="for each seed")
    shared.add_evaluate_option(evaluate)
    shared.add_play_options(evaluate)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import evaluation_settings

    return run_from_options(evaluation_settings(options), options)
