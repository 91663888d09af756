"""The command line: `billp demo|compare|train|evaluate|estimate|report|play|memory|world`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

DESCRIPTION = "Chat models that plan recommendations for the long run."
USER_ERROR, INTERRUPTED = 2, 130
LONGEST = 2000  # characters of a line that says what is wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; what the user can cause ends in one line and exit code 2.

    What is heavy is imported in here, so that Ctrl-C is answered from the first second on.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("billp: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    import warnings

    options = parser().parse_args(arguments)
    warnings.showwarning = _one_line  # type: ignore[assignment]
    try:
        return int(options.run(options))
    except Exception as error:
        reason = _reason(error)
        if reason is None:
            raise
        print(f"billp: {_plain(reason)}", file=sys.stderr)  # noqa: T201
        return USER_ERROR


def _reason(error: Exception) -> str | None:
    """What is wrong, where it is the user's to put right."""
    from pydantic import ValidationError

    from experiments.errors import MissingExtraError, RunError
    from models import CallError, ModelError
    from simulator import WorldError
    from stores import StoreError

    refused = (WorldError, StoreError, ModelError, CallError, MissingExtraError, RunError, OSError)
    if isinstance(error, refused):
        return str(error)
    if isinstance(error, ValidationError):
        wrong = error.errors()[0]
        return f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    return None


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    from experiments.commands.memory import add_commands as add_memory
    from experiments.commands.option_types import count, whole
    from experiments.commands.play import add_commands as add_play
    from experiments.commands.runs import add_commands as add_runs
    from experiments.commands.world import add_commands as add_world

    top = argparse.ArgumentParser(prog="billp", description=DESCRIPTION)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="train and compare the arms on a world made by code")
    demo.set_defaults(run=_demo)
    demo.add_argument("--model", default="offline", help="offline, openai:NAME or scripted:FILE")
    demo.add_argument("--base-url", help="an OpenAI-compatible server")
    demo.add_argument("--users", type=count, default=20, help="users that every arm meets")
    demo.add_argument("--train-episodes", type=count, default=12)
    demo.add_argument("--rounds", type=count, default=50, help="rounds a session may last")
    demo.add_argument("--seed", type=whole, default=0)
    demo.add_argument("--out", type=Path, help="where to write; .billp/demo")
    demo.add_argument("--json", type=Path, metavar="FILE", help="write the figures for programs")
    add_runs(commands)
    add_play(commands)
    add_memory(commands)
    add_world(commands)
    return top


def _demo(options: argparse.Namespace) -> int:
    from rich.console import Console

    from experiments.commands.demo import DemoSettings, run_demo
    from experiments.runs.files import check_place, write_json
    from models.server import refuse_secrets

    refuse_secrets(options.base_url or "")
    if options.json:
        check_place(options.json)
    settings = DemoSettings(
        model=options.model,
        base_url=options.base_url,
        users=options.users,
        train_episodes=options.train_episodes,
        max_rounds=options.rounds,
        seed=options.seed,
    )
    figures = run_demo(settings, options.out, Console())
    if options.json:
        write_json(options.json, figures)
    return 0


def _one_line(message: Warning | str, *_: object) -> None:
    print(f"billp: {_plain(str(message))}", file=sys.stderr)  # noqa: T201


def _plain(text: str) -> str:
    """Text from outside: one line, no control character printed."""
    from simulator import plain

    return plain(text, LONGEST)


if __name__ == "__main__":
    sys.exit(main())
