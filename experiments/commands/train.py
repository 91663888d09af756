"""`billp train`: let a method learn, and keep its memories."""

import argparse

from experiments.commands.option_types import Commands, count, names
from experiments.commands.run_options import add_play_options, add_world_options


def add_command(commands: Commands) -> None:
    """Adds `train`."""
    train = commands.add_parser("train", help="let a method learn, and keep its memories")
    train.set_defaults(run=run, episodes=0)
    train.add_argument("--arm", type=names, default=["billp"], help="the method, or several: A,B")
    train.add_argument(
        "--episodes", type=count, dest="train_episodes", default=100, help="for each seed"
    )
    add_world_options(train)
    add_play_options(train)


def run(options: argparse.Namespace) -> int:
    """Plays the training."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import training_settings

    return run_from_options(training_settings(options), options)
