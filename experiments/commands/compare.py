"""`billp compare`: play methods on a world, and compare them."""

import argparse

from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `compare`."""
    compare = commands.add_parser("compare", help="play methods on a world, and compare them")
    compare.set_defaults(run=run)
    shared.add_method_options(compare)
    shared.add_world_options(compare)
    shared.add_play_options(compare)


def run(options: argparse.Namespace) -> int:
    """Plays what is missing of the run, and shows its results."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import comparison_settings

    return run_from_options(comparison_settings(options), options)
