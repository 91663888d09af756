"""Options that several commands have, and the types of options."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.arguments.known_names import (
    cache_file,
    existing_world,
    input_file,
    method_names,
    model_names,
    one_of,
    output_file,
    server_address,
    tracker_name,
)
from experiments.arguments.parser import CommandParser
from experiments.commands.reply_options import add_reply_options
from experiments.runs.places import check_free
from experiments.runs.presets import MODES, PRESETS

Commands = Any  # argparse has no public type for its sub-parsers

LARGEST_SEED, MOST_ROUNDS = 2**31 - 1, 999
LEAST_CAPACITY, MOST_CAPACITY = 100, 1_000_000  # as `Context` bounds them
MODEL_HELP = "the chat model: offline, local, openai:NAME or PROVIDER:NAME (docs/models.md)"
WORLD_HELP = "the world: 'demo', a name that `world build` gave, or a folder"
SERVER_HELP = "the address of an OpenAI-compatible server, as of Ollama or vLLM (default: OpenAI's)"


def count(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def rounds(text: str) -> int:
    """How many rounds a session may last."""
    return _between(text, 1, MOST_ROUNDS)


def capacity(text: str) -> int:
    """How many rows a memory may have."""
    return _between(text, LEAST_CAPACITY, MOST_CAPACITY)


def _between(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"expected a number from {least} to {most}, got {text!r}")
    return int(text)


def whole(text: str) -> int:
    """A number from 0, small enough for a seed."""
    return _between(text, 0, LARGEST_SEED)


def amount(text: str) -> float:
    """An amount of money above 0."""
    return _number(text, lambda number: 0 < number < math.inf, "an amount above 0")


def between(low: float, high: float) -> Callable[[str], float]:
    """A number within these bounds."""
    return lambda text: _number(text, lambda n: low <= n <= high, f"{low:g} to {high:g}")


def _number(text: str, allowed: Callable[[float], bool], expected: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not allowed(number):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return number


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """A file with settings."""
    parser.add_argument(
        "--config",
        type=input_file,
        metavar="FILE",
        help="a TOML file of settings, named as the options here without dashes; options given on "
        "the command line win (default: none)",
    )


def add_world_options(parser: argparse.ArgumentParser) -> None:
    """World, chat model and sizes."""
    parser.add_argument("--world", type=existing_world, default="demo", help=WORLD_HELP)
    parser.add_argument("--model", type=model_names, default=["offline"], help=MODEL_HELP)
    parser.add_argument("--base-url", type=server_address, metavar="URL", help=SERVER_HELP)
    parser.add_argument(
        "--temperature",
        type=between(0, 2),
        default=0.5,
        metavar="T",
        help="the sampling temperature of the chat model",
    )
    add_reply_options(parser)
    parser.add_argument(
        "--batch",
        type=count,
        default=10,
        metavar="N",
        help="episodes between two commits to the memories",
    )
    parser.add_argument(
        "--memory-capacity",
        type=capacity,
        metavar="N",
        help="the rows that each memory keeps before its oldest quarter is evicted, "
        f"{LEAST_CAPACITY} to {MOST_CAPACITY:,} (default: 10,000)",
    )
    parser.add_argument(
        "--rounds", type=rounds, default=100, metavar="N", help="the most rounds of a session"
    )
    parser.add_argument(
        "--seeds", type=count, default=3, metavar="N", help="how many seeds are played, from 0"
    )
    parser.add_argument(
        "--rules",
        choices=("default", "paper"),
        default="default",
        help="when users leave; paper: an item shown before is no reason of its own",
    )
    parser.add_argument(
        "--learning",
        choices=("default", "paper"),
        default="default",
        help="how memories reach the roles; paper: those of situations within fixed distances, and "
        "the reflections nearest in text",
    )
    parser.add_argument(
        "--users",
        choices=("new", "any"),
        default="new",
        help="whom evaluation meets; new: nobody whom arms learned from, any: as in the paper, "
        "perhaps them too",
    )


def add_method_options(parser: CommandParser) -> None:
    """What is compared."""
    parser.add_argument(
        "--preset",
        type=one_of("preset", PRESETS),
        default="table3",
        metavar="NAME",
        help="which of the paper's tables or figures; the list is below",
    )
    parser.add_argument(
        "--arms",
        type=method_names,
        metavar="A,B",
        help="the methods to compare; the list is below (default: those of the preset)",
    )
    parser.add_argument(
        "--episodes", type=count, default=100, metavar="N", help="episodes evaluated for each seed"
    )
    parser.add_argument(
        "--train-episodes",
        type=count,
        default=100,
        metavar="N",
        help="episodes that arms learn from before, for each seed",
    )
    add_evaluate_option(parser)
    rl = parser.add_group("baselines: what they learn from, for each seed")
    rl(
        "--transitions",
        type=count,
        default=100_000,
        metavar="N",
        help="rounds that are played by those that learn online",
    )
    rl(
        "--updates",
        type=count,
        default=2_000,
        metavar="N",
        help="updates from 256 logged rounds each, offline",
    )
    rl("--device", default="cpu", help="the device they learn on: cpu, or another that torch knows")
    study = parser.add_group("figure4: the Critic's estimates beside what sessions gave")
    study("--states", type=count, default=10, metavar="N", help="how many states the Critic values")
    study("--estimates", type=count, default=30, metavar="N", help="how often it values each")
    study(
        "--rollouts",
        type=count,
        default=30,
        metavar="N",
        help="how many sessions are played on from each",
    )


def add_evaluate_option(parser: argparse.ArgumentParser) -> None:
    """Whether methods learn on while they are evaluated."""
    parser.add_argument(
        "--evaluate",
        choices=tuple(MODES),
        default="frozen",
        help="how methods are evaluated; frozen: learning nothing more, online: learning on",
    )


def add_play_options(parser: CommandParser) -> None:
    """What does not change results: concurrency, limits, cache, places."""
    play = parser.add_group("how it is played: nothing here changes results")
    play(
        "--concurrency",
        type=count,
        default=8,
        metavar="N",
        help="how many episodes are played at once",
    )
    play(
        "--workers",
        type=count,
        metavar="N",
        help="how many processes play them (default: 1, or all that a --scheduler has)",
    )
    play(
        "--scheduler",
        metavar="URL",
        help="tls://HOST:PORT of a Dask scheduler, whose workers play them (default: none)",
    )
    play(
        "--max-calls",
        type=count,
        metavar="N",
        help="stop before a chat call beyond these (default: no limit)",
    )
    play(
        "--max-tokens",
        type=count,
        metavar="N",
        help="stop before a chat call that may go beyond these (default: no limit)",
    )
    money = "stop before a chat call that may go beyond this (default: no limit)"
    play("--max-money", type=amount, metavar="USD", help=money)
    play(
        "--max-errors",
        type=whole,
        metavar="N",
        help="stop when more episodes than these have failed (default: no limit)",
    )
    play(
        "--cache",
        type=cache_file,
        metavar="FILE",
        help="keep replies of chat models in it, and use them again (default: none)",
    )
    add_prices_option(play)
    play("--no-report", action="store_true", help="make no page of the run")
    play(
        "--out",
        type=Path,
        metavar="DIR",
        help="the run's folder; a run that is there goes on, also with more episodes, seeds or "
        "arms (default: a folder of its own in .billp/runs for each choice of settings)",
    )
    add_json_option(play)
    play(
        "--track",
        action="append",
        type=tracker_name,
        metavar="NAME[:PLACE]",
        help="where to log the run: jsonl, tensorboard, mlflow, wandb or none; may be given "
        "several times (default: jsonl)",
    )


def check_out(folder: Path | None) -> None:
    """Refuses a folder for a run that holds other files."""
    if folder:
        check_free(folder)


def add_prices_option(add: Callable[..., Any]) -> None:
    """What calls cost."""
    add(
        "--prices",
        type=input_file,
        metavar="FILE",
        help="a TOML file with prices of chat models, over the known ones (default: "
        ".billp/prices.toml)",
    )


def add_json_option(add: Callable[..., Any], what: str = "write the summary for programs") -> None:
    """Where to write the results for programs."""
    add("--json", type=output_file, metavar="FILE", help=f"{what} (default: not written)")
