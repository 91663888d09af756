"""`billp evaluate`: evaluate what a run has learned."""

import argparse

from experiments.arguments.known_names import run_folder
from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="evaluate what a run has learned",
        description="Plays the methods that a run trained on the test half of its world, with its "
        "settings, seeds and chat model.",
        examples=(
            "billp evaluate runs/mine",
            "billp evaluate runs/mine --evaluate both --episodes 50 --out runs/evaluated",
        ),
    )
    evaluate.set_defaults(run=run)
    evaluate.add_argument(
        "trained", type=run_folder, metavar="RUN", help="the folder of a run that trained"
    )
    shared.add_config_option(evaluate)
    evaluate.add_argument(
        "--episodes",
        type=shared.count,
        default=100,
        metavar="N",
        help="episodes evaluated for each seed",
    )
    shared.add_evaluate_option(evaluate)
    shared.add_play_options(evaluate)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.early_checks import check_trained

    check_trained(options.trained)
    shared.check_out(options.out)
    from experiments.api.settings_from_options import evaluation_settings
    from experiments.commands.run_and_show import run_from_options

    return run_from_options(evaluation_settings(options), options)
