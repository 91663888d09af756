"""`billp estimate`: what a comparison would cost."""

import argparse

from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `estimate`."""
    estimate = commands.add_parser("estimate", help="what a comparison would cost")
    estimate.set_defaults(run=run)
    shared.add_method_options(estimate)
    shared.add_world_options(estimate)
    shared.add_prices_option(estimate)
    shared.add_json_option(estimate, "write it for programs")


def run(options: argparse.Namespace) -> int:
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
