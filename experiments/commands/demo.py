"""`billp demo`: a small comparison of all LLM arms, with one episode told step by step."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel

from experiments.commands.options import Commands, add_json_option, count, whole
from experiments.terminal import LONGEST, print_line, wide_console
from simulator import home, plain

if TYPE_CHECKING:  # heavy modules are imported when the command runs
    from rich.console import Console

    from experiments.runs.records import Record
    from nodes import Step, Verdict

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

    resumed = out is not None and (out / RUN).exists()
    folder = out if out and resumed else new_folder(out or home() / "demo")
    print_line(console, f"Playing in {folder}; if interrupted, add --out {folder} to go on")
    return folder


def _print_story(folder: Path, seed: int, console: "Console") -> None:
    from experiments.runs.cell import cell_of

    records = cell_of(folder, STORY_ARM, seed).records("frozen")
    finished = [record for record in records.values() if not record["error"]]
    if finished:
        # long enough to show something and short enough to read
        record = min(finished, key=lambda r: (abs(len(r["steps"]) - STORY_ROUNDS), r["user"]))
        console.print(_story(record, f"One episode of BiLLP: user {record['user']}"))


def _story(record: "Record", title: str) -> RenderableType:
    """An episode as it went: thought, item, reward, verdict; then the reflection."""
    verdicts = {verdict["round"]: verdict for verdict in record["verdicts"]}
    lines: list[RenderableType] = [
        f"[dim]principle[/] {_escaped(principle['text'])}" for principle in record["principles"]
    ]
    for step in record["steps"]:
        lines.append(f"[bold]{step['round']:>3}[/] [dim]thought[/] {_escaped(step['plan'])}")
        lines.append(f"    [dim]item[/]    {_escaped(step['item'])}")
        lines.append(f"    [dim]user[/]    {_feedback(step, verdicts.get(step['round']))}")
    lines.append(f"[dim]reflection[/] {_escaped(record['reflection']) or '(none)'}")
    return Panel(Group(*lines), title=_escaped(title), title_align="left")


def _feedback(step: "Step", verdict: "Verdict | None") -> str:
    text = f"rating {step['reward']:.1f}"
    if step["quit"]:
        text += f", [red]left: {step['quit']}[/]"
    if verdict:
        judged = "[green]paid off[/]" if verdict["verdict"] else "[yellow]did not pay off[/]"
        text += (
            f" [dim]·[/] V {verdict['value']:.1f}, advantage {verdict['advantage']:+.1f}: {judged}"
        )
    return text


def _escaped(text: str) -> str:
    return escape(plain(text, LONGEST))
