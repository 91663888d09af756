"""`billp memory`: look at memories, move them, thin them out, withdraw what a source taught."""

import argparse
from pathlib import Path

from experiments.commands.options import Commands, add_json_option, count, whole
from experiments.errors import RunError

MEMORY_NAMES = ("reflections", "experiences", "values")
JOURNAL = "journal.jsonl"
FOLDER_HELP = "a folder of memories, as `billp memory list` shows them"


def add_command(commands: Commands) -> None:
    """Adds `memory` and its actions."""
    memory = commands.add_parser(
        "memory",
        help="look at memories, move them, thin them out",
        description="What the arms have learned: reflections, which guide the Planner; "
        "experiences, which guide the Actor; values, from which the Critic estimates.",
        examples=(
            "billp memory list runs/mine",
            "billp memory show runs/mine/cells/billp.0/memory --limit 3",
        ),
    )
    actions = memory.add_subparsers(metavar="ACTION", title="actions")

    listed = actions.add_parser(
        "list",
        help="the memory folders in a place, a run's among them",
        description="Lists the memory folders in a place, with what they hold.",
        examples=("billp memory list", "billp memory list runs/mine"),
    )
    listed.set_defaults(run=_list)
    listed.add_argument(
        "place",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="where to look, as in the folder of a run (default: .billp/memory)",
    )
    add_json_option(listed.add_argument, "write the list for programs")

    show = actions.add_parser(
        "show",
        help="what was learned last, or what is nearest to a text",
        description="Shows the rows of memories that were written or used last.",
        examples=(
            "billp memory show runs/mine/cells/billp.0/memory --memory reflections",
            "billp memory show .billp/memory/demo/default/billp --like 'Puzzle games'",
        ),
    )
    show.set_defaults(run=_show)
    show.add_argument("folder", type=Path, metavar="FOLDER", help=FOLDER_HELP)
    show.add_argument(
        "--memory", choices=MEMORY_NAMES, help="only this one of the three (default: all)"
    )
    show.add_argument(
        "--limit", type=count, default=10, metavar="N", help="how many rows of each memory"
    )
    show.add_argument(
        "--like",
        metavar="TEXT",
        help="the rows nearest to this text, and how far they are (default: the newest)",
    )
    add_json_option(show.add_argument, "write the rows for programs")

    export = actions.add_parser(
        "export",
        help="every row of a folder as a JSON line",
        description="Writes every row of a folder as a JSON line.",
        examples=(
            "billp memory export runs/mine/cells/billp.0/memory rows.jsonl",
            "billp memory export .billp/memory/demo/default/billp rows.jsonl",
        ),
    )
    export.set_defaults(run=_export)
    export.add_argument("folder", type=Path, metavar="FOLDER", help=FOLDER_HELP)
    export.add_argument("file", type=Path, metavar="FILE", help="where to write the rows")

    imported = actions.add_parser(
        "import",
        help="join exported rows into a folder, new or not",
        description="Joins exported rows into a folder; what is there already stays as it is.",
        examples=(
            "billp memory import .billp/memory/demo/mine/billp rows.jsonl",
            "billp memory import new/folder rows.jsonl",
        ),
    )
    imported.set_defaults(run=_import)
    imported.add_argument("folder", type=Path, metavar="FOLDER", help="the folder, new or not")
    imported.add_argument("file", type=Path, metavar="FILE", help="what `memory export` wrote")

    prune = actions.add_parser(
        "prune",
        help="keep only the rows that were written or used last",
        description="Drops all rows but those that were written or used last.",
        examples=(
            "billp memory prune .billp/memory/demo/default/billp --keep 500",
            "billp memory prune runs/mine/cells/billp.0/memory --keep 100",
        ),
    )
    prune.set_defaults(run=_prune)
    prune.add_argument("folder", type=Path, metavar="FOLDER", help=FOLDER_HELP)
    prune.add_argument(
        "--keep", type=whole, required=True, metavar="N", help="rows of each memory (needed)"
    )

    forget = actions.add_parser(
        "forget",
        help="withdraw what a user, a run or an episode taught",
        description="Withdraws every fact of a source from a folder, and the rows that are left "
        "without facts. Its episodes are not learned again. Exports, copies of the folder and the "
        "records of runs stay as they are.",
        examples=(
            "billp memory forget .billp/memory/demo/default/billp --user Ann",
            "billp memory forget runs/mine/cells/billp.0/memory --run billp/0/train --yes",
        ),
    )
    forget.set_defaults(run=_forget)
    forget.add_argument("folder", type=Path, metavar="FOLDER", help=FOLDER_HELP)
    source = forget.add_mutually_exclusive_group(required=True)
    source.add_argument("--user", metavar="U", help="a user's number in the world, or their name")
    source.add_argument(
        "--run", dest="of_run", metavar="R", help="what the names of a run's episodes begin with"
    )
    source.add_argument("--episode", metavar="E", help="the name of an episode")
    forget.add_argument("--yes", action="store_true", help="do not ask")


def _list(options: argparse.Namespace) -> int:
    if options.place and not options.place.is_dir():
        raise RunError(f"{options.place} is not a folder: name one that holds memories or a run")
    from experiments.commands.memories.actions import list_folders

    return list_folders(options)


def _show(options: argparse.Namespace) -> int:
    _check_memories(options.folder)
    from experiments.commands.memories.actions import show_rows

    return show_rows(options)


def _export(options: argparse.Namespace) -> int:
    _check_memories(options.folder)
    from experiments.commands.memories.actions import export_rows

    return export_rows(options)


def _import(options: argparse.Namespace) -> int:
    from experiments.commands.memories.actions import import_rows

    return import_rows(options)


def _prune(options: argparse.Namespace) -> int:
    _check_memories(options.folder)
    from experiments.commands.memories.actions import prune_rows

    return prune_rows(options)


def _forget(options: argparse.Namespace) -> int:
    _check_memories(options.folder)
    from experiments.commands.memories.forget import forget_source

    return forget_source(options)


def _check_memories(folder: Path) -> None:
    """Refuses what is no folder of memories, before anything heavy is loaded."""
    if not (folder / JOURNAL).is_file():
        raise RunError(f"{folder} holds no memories: `billp memory list` shows folders that do")
