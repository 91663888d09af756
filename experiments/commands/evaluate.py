"""`billp evaluate`: evaluate what a run has learned."""

import argparse

from experiments.arguments.known_names import method_names, model_name, run_folder, server_address
from experiments.arguments.notes import arm_notes
from experiments.arguments.parser import CommandParser
from experiments.commands import options as shared
from experiments.commands.reply_options import add_reply_options

OF_THE_RUN = "as in RUN"


def add_command(commands: shared.Commands) -> None:
    """Adds `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="evaluate what a run has learned",
        description="Plays the methods that a run trained on the test half of its world, with its "
        "settings, seeds and chat model, or with others: what one model has learned is of use to "
        "another.",
        notes=arm_notes(),
        examples=(
            "billp evaluate runs/mine --evaluate both --episodes 50",
            "billp evaluate runs/mine --arms react,billp --model ollama:qwen3 --rounds 20",
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
    _add_changes(evaluate)
    shared.add_play_options(evaluate)


def _add_changes(evaluate: CommandParser) -> None:
    """What may be other than in the training."""
    evaluate.add_argument(
        "--arms",
        type=method_names,
        metavar="A,B",
        help="the methods to play; an arm that RUN did not train has the memories of its billp, or "
        "of its only one (default: those that RUN trained)",
    )
    evaluate.add_argument(
        "--model",
        type=model_name,
        help=f"{shared.MODEL_HELP} (default: {OF_THE_RUN}, with its server)",
    )
    evaluate.add_argument("--base-url", type=server_address, metavar="URL", help=shared.SERVER_HELP)
    evaluate.add_argument(
        "--temperature",
        type=shared.between(0, 2),
        metavar="T",
        help=f"the sampling temperature of the chat model (default: {OF_THE_RUN})",
    )
    add_reply_options(evaluate, tell_given=True, usual=OF_THE_RUN)
    evaluate.add_argument(
        "--rounds",
        type=shared.rounds,
        metavar="N",
        help=f"the most rounds of a session (default: {OF_THE_RUN})",
    )
    evaluate.add_argument(
        "--seeds",
        type=shared.count,
        metavar="N",
        help="how many of the seeds are played (default: all)",
    )


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.early_checks import check_evaluation

    check_evaluation(options)
    shared.check_out(options.out)
    from experiments.api.settings_from_options import evaluation_settings
    from experiments.commands.run_and_show import run_from_options

    return run_from_options(evaluation_settings(options), options)
