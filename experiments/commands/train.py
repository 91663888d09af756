"""`billp train`: let a method learn, and keep its memories."""

import argparse

from experiments.arguments.known_names import method_names
from experiments.arguments.notes import arm_notes
from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `train`."""
    train = commands.add_parser(
        "train",
        help="let a method learn, and keep its memories",
        description="Plays a method on the training half of a world, and keeps what it learns for "
        "`billp evaluate`.",
        notes=arm_notes(),
        examples=(
            "billp train --arm billp --episodes 50 --seeds 1 --out runs/mine",
            "billp train --arm billp,reflexion --world movielens --model openai:gpt-4o-mini",
        ),
    )
    train.set_defaults(run=run, episodes=0)
    shared.add_config_option(train)
    train.add_argument(
        "--arm",
        type=method_names,
        default=["billp"],
        metavar="A,B",
        help="the method that learns, or several; the list is below",
    )
    train.add_argument(
        "--episodes",
        type=shared.count,
        dest="train_episodes",
        default=100,
        metavar="N",
        help="episodes learned from, for each seed",
    )
    shared.add_world_options(train)
    shared.add_play_options(train)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.early_checks import check_training

    check_training(options)
    shared.check_out(options.out)
    from experiments.api.settings_from_options import training_settings
    from experiments.commands.run_and_show import run_from_options

    return run_from_options(training_settings(options), options)
