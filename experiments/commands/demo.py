"""`billp demo`: a small comparison of all LLM arms, with one episode told step by step."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.commands.option_types import Commands, count, whole
from experiments.commands.run_options import add_json_option

if TYPE_CHECKING:  # heavy modules are imported when the command runs
    from rich.console import Console

    from experiments.runs.records import Record

STORY_ARM, STORY_ROUNDS = "billp", 8


def add_command(commands: Commands) -> None:
    """Adds `demo`."""
    demo = commands.add_parser("demo", help="train and compare the arms on a world made by code")
    demo.set_defaults(run=run)
    demo.add_argument("--model", default="offline", help="offline, openai:NAME or scripted:FILE")
    demo.add_argument("--base-url", help="an OpenAI-compatible server")
    demo.add_argument("--users", type=count, default=20, help="users that every arm meets")
    demo.add_argument("--train-episodes", type=count, default=12)
    demo.add_argument("--rounds", type=count, default=50, help="rounds a session may last")
    demo.add_argument("--seed", type=whole, default=0)
    demo.add_argument(
        "--out", type=Path, help="where to make a folder, or a demo to go on with; .billp/demo"
    )
    add_json_option(demo)


def run(options: argparse.Namespace) -> int:
    """Plays the demo in a new numbered folder, or goes on with the one that `--out` names."""
    from experiments.commands.run_and_show import PlayOptions, run_and_show
    from experiments.commands.settings_from_options import demo_settings
    from experiments.terminal import wide_console

    console = wide_console()
    return run_and_show(
        demo_settings(options),
        PlayOptions(
            concurrency=4,
            json=options.json,
            resume="give the same command again with --out {folder} to go on",
        ),
        lambda: _folder(options.out, console),
        console,
        lambda folder: _print_story(folder, options.seed, console),
    )


def _folder(out: Path | None, console: "Console") -> Path:
    from experiments.runs.files import new_folder
    from experiments.runs.run_file import RUN
    from experiments.terminal import print_line
    from simulator import home

    resumed = out is not None and (out / RUN).exists()
    folder = out if out and resumed else new_folder(out or home() / "demo")
    print_line(console, f"Playing in {folder}; if interrupted, add --out {folder} to go on")
    return folder


def _print_story(folder: Path, seed: int, console: "Console") -> None:
    from experiments.commands.story import story
    from experiments.runs.cell import cell_of

    records = cell_of(folder, STORY_ARM, seed).records("frozen")
    finished = [record for record in records.values() if not record["error"]]
    if finished:
        record = min(finished, key=_distance_from_ideal)
        console.print(story(record, f"One episode of BiLLP: user {record['user']}"))


def _distance_from_ideal(record: "Record") -> tuple[int, int]:
    """Prefers an episode long enough to show something and short enough to read."""
    return abs(len(record["steps"]) - STORY_ROUNDS), record["user"]
