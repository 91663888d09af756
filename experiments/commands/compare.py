"""`billp compare`: play methods on a world, and compare them."""

import argparse

from experiments.arguments.notes import method_notes, preset_notes
from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `compare`."""
    compare = commands.add_parser(
        "compare",
        help="play methods on a world, and compare them",
        description="Plays methods on the same users of a world, those that learn first on its "
        "training half, and ends in a table, a page and CSV files. Stopped, it goes on with the "
        "same command.",
        notes=f"{preset_notes()}\n\n{method_notes()}",
        examples=(
            "billp compare --preset table5 --episodes 20 --train-episodes 20",
            "billp compare --arms random,react,billp --world movielens --out runs/mine",
        ),
    )
    compare.set_defaults(run=run)
    shared.add_config_option(compare)
    shared.add_method_options(compare)
    shared.add_world_options(compare)
    shared.add_play_options(compare)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.early_checks import check_comparison

    check_comparison(options)
    shared.check_out(options.out)
    from experiments.api.settings_from_options import comparison_settings
    from experiments.commands.run_and_show import run_from_options

    return run_from_options(comparison_settings(options), options)
