"""`billp compare|train|evaluate|estimate`: play a run, or say what it would cost."""

import argparse
from pathlib import Path

from experiments.commands.options import (
    Commands,
    add_evaluate_option,
    add_json_option,
    add_method_options,
    add_play_options,
    add_prices_option,
    add_world_options,
    count,
    names,
)


def add_command(commands: Commands) -> None:
    """Adds the four commands."""
    compare = commands.add_parser("compare", help="play methods on a world, and compare them")
    compare.set_defaults(run=_play, command="compare")
    add_method_options(compare)
    add_world_options(compare)
    add_play_options(compare)

    train = commands.add_parser("train", help="let a method learn, and keep its memories")
    train.set_defaults(run=_play, command="train", episodes=0)
    train.add_argument("--arm", type=names, default=["billp"], help="the method, or several: A,B")
    train.add_argument(
        "--episodes", type=count, dest="train_episodes", default=100, help="for each seed"
    )
    add_world_options(train)
    add_play_options(train)

    evaluate = commands.add_parser("evaluate", help="evaluate what a run has learned")
    evaluate.set_defaults(run=_play, command="evaluate")
    evaluate.add_argument("trained", type=Path, help="the folder of a run that trained")
    evaluate.add_argument("--episodes", type=count, default=100, help="for each seed")
    add_evaluate_option(evaluate)
    add_play_options(evaluate)

    estimate = commands.add_parser("estimate", help="what a comparison would cost")
    estimate.set_defaults(run=_estimate)
    add_method_options(estimate)
    add_world_options(estimate)
    add_prices_option(estimate)
    add_json_option(estimate, "write it for programs")


def _play(options: argparse.Namespace) -> int:
    from experiments.commands import settings_from_options as made
    from experiments.commands.run_and_show import run_from_options

    settings_of = {
        "compare": made.comparison_settings,
        "train": made.training_settings,
        "evaluate": made.evaluation_settings,
    }
    return run_from_options(settings_of[options.command](options), options)


def _estimate(options: argparse.Namespace) -> int:
    """Prints the estimate; no chat model is called."""
    from dataclasses import asdict

    from experiments.commands.settings_from_options import comparison_settings
    from experiments.commands.tables import estimate_table
    from experiments.playing.estimate import estimate_run
    from experiments.playing.model_checks import known_prices
    from experiments.runs.files import check_place, write_json
    from experiments.terminal import wide_console

    if options.json:
        check_place(options.json)
    estimates = estimate_run(comparison_settings(options), known_prices(options.prices))
    wide_console().print(estimate_table(estimates))
    if options.json:
        write_json(options.json, {"estimates": [asdict(one) for one in estimates]})
    return 0
