"""`billp estimate`: what a comparison would cost."""

import argparse

from experiments.arguments.notes import method_notes, preset_notes
from experiments.commands import options as shared


def add_command(commands: shared.Commands) -> None:
    """Adds `estimate`."""
    estimate = commands.add_parser(
        "estimate",
        help="what a comparison would cost",
        description="Says what `billp compare` with the same options would play and cost. It plays "
        "a short training and a few sessions with the embedded model; no other is called, and no "
        "key is needed.",
        notes=f"{preset_notes()}\n\n{method_notes()}",
        examples=(
            "billp estimate --model openai:gpt-4o-mini --arms react,billp",
            "billp estimate --preset table5 --episodes 20 --train-episodes 20 --seeds 2",
        ),
    )
    estimate.set_defaults(run=run)
    shared.add_config_option(estimate)
    shared.add_method_options(estimate)
    shared.add_world_options(estimate)
    shared.add_prices_option(estimate.add_argument)
    shared.add_json_option(estimate.add_argument, "write it for programs")


def run(options: argparse.Namespace) -> int:
    """Prints the estimate; no chat model is called."""
    from experiments.commands.early_checks import check_comparison

    check_comparison(options, keys=False)
    from dataclasses import asdict

    from experiments.api.settings_from_options import comparison_settings
    from experiments.commands.tables import estimate_table
    from experiments.playing.estimate import estimate_run
    from experiments.playing.model_checks import known_prices
    from experiments.runs.files import write_json
    from experiments.runs.plan import plan_lines
    from experiments.terminal import print_paragraphs, wide_console

    console, settings = wide_console(), comparison_settings(options)
    print_paragraphs(console, ["To play:", *plan_lines(settings)])
    estimates = estimate_run(settings, known_prices(options.prices))
    console.print(estimate_table(estimates))
    if options.json:
        write_json(options.json, {"estimates": [asdict(one) for one in estimates]})
    return 0
