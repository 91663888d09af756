"""`billp runs list|show|diff|rm`: the runs that are kept, their settings and figures."""

import argparse
from pathlib import Path

from experiments.arguments.known_names import run_folder
from experiments.commands.options import Commands, add_json_option
from experiments.errors import RunError

RUN_HELP = "the folder of a run, or its name in .billp/runs"


def add_command(commands: Commands) -> None:
    """Adds `runs` and its actions."""
    runs = commands.add_parser(
        "runs",
        help="list, show, compare and remove runs",
        description="The runs that are kept. RUN is a folder, or a name in .billp/runs or "
        ".billp/demo.",
        examples=("billp runs list", "billp runs show runs/mine --toml > mine.toml"),
    )
    actions = runs.add_subparsers(metavar="ACTION", title="actions")

    listed = actions.add_parser(
        "list",
        help="the runs in a place, and how far each came",
        description="Lists the runs in a place, those played last first.",
        examples=("billp runs list", "billp runs list runs --json runs.json"),
    )
    listed.set_defaults(run=_list)
    listed.add_argument(
        "place",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="the folder that holds the runs (default: .billp/runs and .billp/demo)",
    )
    add_json_option(listed.add_argument, "write the list for programs")

    show = actions.add_parser(
        "show",
        help="a run's settings and figures",
        description="Shows the settings, the chat models and the figures of a run.",
        examples=("billp runs show .billp/demo/001", "billp runs show runs/mine --toml"),
    )
    show.set_defaults(run=_show)
    show.add_argument("folder", type=run_folder, metavar="RUN", help=RUN_HELP)
    show.add_argument(
        "--toml", action="store_true", help="print only its settings, as --config reads them"
    )

    diff = actions.add_parser(
        "diff",
        help="where two runs differ: settings and figures",
        description="Compares the settings of two runs, and the means of the arms that both "
        "played.",
        examples=("billp runs diff runs/mine runs/other", "billp runs diff 001 002"),
    )
    diff.set_defaults(run=_diff)
    diff.add_argument("before", type=run_folder, metavar="RUN", help=RUN_HELP)
    diff.add_argument("now", type=run_folder, metavar="OTHER", help=RUN_HELP)

    remove = actions.add_parser(
        "rm",
        help="remove runs, with all that they learned",
        description="Removes the folders of runs. A folder that holds other files too is refused, "
        "and so is a run that is being played.",
        examples=("billp runs rm .billp/demo/001", "billp runs rm 001 002 --yes"),
    )
    remove.set_defaults(run=_remove)
    remove.add_argument("folders", type=run_folder, nargs="+", metavar="RUN", help=RUN_HELP)
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _list(options: argparse.Namespace) -> int:
    if options.place and not options.place.is_dir():
        raise RunError(f"{options.place} is not a folder: name one that holds runs")
    from experiments.commands.kept_runs.run_list import list_runs

    return list_runs(options.place, options.json)


def _show(options: argparse.Namespace) -> int:
    from experiments.commands.kept_runs.run_show import print_toml, show_run

    return print_toml(options.folder) if options.toml else show_run(options.folder)


def _diff(options: argparse.Namespace) -> int:
    from experiments.commands.kept_runs.run_show import show_differences

    return show_differences(options.before, options.now)


def _remove(options: argparse.Namespace) -> int:
    from experiments.commands.kept_runs.run_list import remove_runs

    return remove_runs(list(dict.fromkeys(options.folders)), sure=options.yes)
