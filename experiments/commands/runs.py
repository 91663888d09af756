"""The commands that play runs: `billp compare|train|evaluate|estimate|report`."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.commands.option_types import count, names
from experiments.commands.run_options import (
    add_how,
    add_mode,
    add_preset,
    add_prices,
    add_what,
)

Commands = Any  # argparse keeps the type of its sub-parsers to itself
WIDTH = 120


def add_commands(commands: Commands) -> None:
    """Adds the commands."""
    compare = commands.add_parser("compare", help="play methods on a world, and compare them")
    compare.set_defaults(run=_conduct, kind="compare")
    add_preset(compare)
    add_what(compare)
    add_how(compare)

    train = commands.add_parser("train", help="let a method learn, and keep its memories")
    train.set_defaults(run=_conduct, kind="train", episodes=0)
    train.add_argument("--arm", type=names, default=["billp"], help="the method, or several: A,B")
    train.add_argument(
        "--episodes", type=count, dest="train_episodes", default=100, help="for each seed"
    )
    add_what(train)
    add_how(train)

    evaluate = commands.add_parser("evaluate", help="evaluate what a run has learned")
    evaluate.set_defaults(run=_conduct, kind="evaluate")
    evaluate.add_argument("trained", type=Path, help="the folder of a run that trained")
    evaluate.add_argument("--episodes", type=count, default=100, help="for each seed")
    add_mode(evaluate)
    add_how(evaluate)

    estimate = commands.add_parser("estimate", help="what a comparison would cost")
    estimate.set_defaults(run=_estimate)
    add_preset(estimate)
    add_what(estimate)
    add_prices(estimate)
    estimate.add_argument("--json", type=Path, metavar="FILE", help="write it for programs")

    report = commands.add_parser("report", help="make the page of a run")
    report.set_defaults(run=_report)
    report.add_argument("folder", type=Path, help="the run's folder")


def _conduct(options: argparse.Namespace) -> int:
    from experiments.commands import settings_from_options as run_settings
    from experiments.commands.run import conduct

    made = {
        "compare": run_settings.compared,
        "train": run_settings.training,
        "evaluate": run_settings.evaluation,
    }
    return conduct(made[options.kind](options), options, _console())


def _estimate(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from experiments.commands import tables as show
    from experiments.commands.settings_from_options import compared
    from experiments.playing.estimate import estimate_run
    from experiments.playing.model_checks import known_prices
    from experiments.runs.files import check_place, write_json

    if options.json:
        check_place(options.json)
    estimates = estimate_run(compared(options), known_prices(options.prices))
    _console().print(show.estimates(estimates))
    if options.json:
        write_json(options.json, {"estimates": [asdict(one) for one in estimates]})
    return 0


def _report(options: argparse.Namespace) -> int:
    from experiments.commands.run import renew_summary
    from experiments.report import write_report

    path = write_report(options.folder, renew_summary(options.folder))
    _console().print(f"Written to {path}", markup=False, soft_wrap=True)
    return 0


def _console() -> Console:
    """Where there is no terminal to tell its width, tables are as wide as they need to be."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDTH))
