"""`billp compare`: play methods on a world, and compare them."""

import argparse

from experiments.commands.option_types import Commands
from experiments.commands.run_options import (
    add_method_options,
    add_play_options,
    add_world_options,
)


def add_command(commands: Commands) -> None:
    """Adds `compare`."""
    compare = commands.add_parser("compare", help="play methods on a world, and compare them")
    compare.set_defaults(run=run)
    add_method_options(compare)
    add_world_options(compare)
    add_play_options(compare)


def run(options: argparse.Namespace) -> int:
    """Plays the comparison."""
    from experiments.commands.run_and_show import run_from_options
    from experiments.commands.settings_from_options import comparison_settings

    return run_from_options(comparison_settings(options), options)
