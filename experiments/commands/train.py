"""`billp train`: let a method learn, and keep its memories."""

import argparse

from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `train`."""
    train = commands.add_parser("train", help="let a method learn, and keep its memories")
    train.set_defaults(run=run, episodes=0)
    train.add_argument(
        "--arm", type=shared.names, default=["billp"], help="the method, or several: A,B"
    )
    train.add_argument(
        "--episodes", type=shared.count, dest="train_episodes", default=100, help="for each seed"
    )
    shared.add_world_options(train)
    shared.add_play_options(train)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import training_settings

    return run_from_options(training_settings(options), options)
