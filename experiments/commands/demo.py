"""`billp demo`: a small comparison of all LLM arms, with one episode told step by step."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.arguments.known_names import model_name, server_address
from experiments.arguments.notes import arm_notes
from experiments.commands import options as shared
from experiments.commands.reply_options import add_reply_options

if TYPE_CHECKING:
    from rich.console import Console


def add_command(commands: shared.Commands) -> None:
    """Adds `demo`."""
    demo = commands.add_parser(
        "demo",
        help="train and compare the arms on a world made by code",
        description="A small comparison of all arms, in a minute or two; it tells one session step "
        "by step, and ends in a table and a page.",
        notes=arm_notes(),
        examples=(
            "billp demo",
            "billp demo --model openai:gpt-4o-mini --users 4 --train-episodes 3 --rounds 10",
        ),
    )
    demo.set_defaults(run=run)
    shared.add_config_option(demo)
    demo.add_argument("--model", type=model_name, default="offline", help=shared.MODEL_HELP)
    demo.add_argument("--base-url", type=server_address, metavar="URL", help=shared.SERVER_HELP)
    add_reply_options(demo)
    demo.add_argument(
        "--users", type=shared.count, default=20, metavar="N", help="users that every arm meets"
    )
    demo.add_argument(
        "--train-episodes",
        type=shared.count,
        default=24,
        metavar="N",
        help="episodes that the arms learn from before",
    )
    demo.add_argument(
        "--rounds", type=shared.rounds, default=50, metavar="N", help="the most rounds of a session"
    )
    demo.add_argument(
        "--seed", type=shared.whole, default=0, metavar="N", help="draws users, and seeds the model"
    )
    demo.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="a demo to go on with, or where to make a numbered folder (default: .billp/demo)",
    )
    shared.add_json_option(demo.add_argument)


def run(options: argparse.Namespace) -> int:
    """Plays the demo in a new numbered folder, or goes on with the one that `--out` names."""
    from experiments.commands.early_checks import check_keys, check_users

    check_users("demo", options.users, options.train_episodes, choice=False)
    check_keys([options.model], options.base_url)
    from experiments.api.settings_from_options import demo_settings
    from experiments.commands.demo_story import print_story
    from experiments.commands.run_and_show import ShowOptions, run_and_show
    from experiments.terminal import wide_console

    console = wide_console()
    return run_and_show(
        demo_settings(options),
        ShowOptions(
            concurrency=4,
            json=options.json,
            resume="give the same command again with --out {folder} to go on",
        ),
        lambda: _folder(options.out, console),
        console,
        lambda folder: print_story(folder, options.seed, console),
    )


def _folder(out: Path | None, console: "Console") -> Path:
    from experiments.runs.files import new_folder
    from experiments.runs.places import is_run
    from experiments.terminal import print_line
    from home_folder import home

    resumed = out is not None and is_run(out)
    folder = out if out and resumed else new_folder(out or home() / "demo")
    print_line(console, f"Playing in {folder}; if interrupted, add --out {folder} to go on")
    return folder
