"""Options that several commands have, and the types of options."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.runs.presets import MODES, PRESETS

Commands = Any  # argparse has no public type for its sub-parsers

LARGEST_SEED = 2**31 - 1


def count(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def whole(text: str) -> int:
    """A number from 0, small enough for a seed."""
    if not text.isdecimal() or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected 0 to {LARGEST_SEED}, got {text!r}")
    return int(text)


def amount(text: str) -> float:
    """An amount of money above 0."""
    return _number(text, lambda number: 0 < number < math.inf, "an amount above 0")


def between(low: float, high: float) -> Callable[[str], float]:
    """A number within these bounds."""
    return lambda text: _number(text, lambda n: low <= n <= high, f"{low:g} to {high:g}")


def names(text: str) -> list[str]:
    """One name or several, with commas between them."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected a name, or several with commas between them")
    return found


def _number(text: str, allowed: Callable[[float], bool], expected: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not allowed(number):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return number


def add_world_options(parser: argparse.ArgumentParser) -> None:
    """World, chat model and sizes."""
    parser.add_argument("--world", default="demo", help="'demo', a world's name, or its folder")
    parser.add_argument(
        "--model", type=names, default=["offline"], help="offline, openai:NAME or scripted:FILE"
    )
    parser.add_argument("--base-url", help="an OpenAI-compatible server")
    parser.add_argument("--temperature", type=between(0, 2), default=0.5)
    parser.add_argument(
        "--structured", action="store_true", help="ask for JSON by a schema, where a server can"
    )
    parser.add_argument("--batch", type=count, default=10, help="episodes between two commits")
    parser.add_argument("--rounds", type=count, default=100, help="rounds a session may last")
    parser.add_argument("--seeds", type=count, default=3, help="how many")
    parser.add_argument(
        "--rules",
        choices=("default", "paper"),
        default="default",
        help="paper: an item shown before is no reason of its own to leave",
    )


def add_method_options(parser: argparse.ArgumentParser) -> None:
    """What is compared."""
    parser.add_argument("--preset", choices=PRESETS, default="table3")
    parser.add_argument("--arms", type=names, help="methods, in place of the preset's: A,B")
    parser.add_argument("--episodes", type=count, default=100, help="evaluated, for each seed")
    parser.add_argument("--train-episodes", type=count, default=100, help="learned from before")
    add_evaluate_option(parser)
    rl = parser.add_argument_group("baselines: what they learn from, for each seed")
    rl.add_argument("--transitions", type=count, default=100_000, help="rounds played, online")
    rl.add_argument("--updates", type=count, default=2_000, help="of 256 rounds each, offline")
    rl.add_argument("--device", default="cpu", help="where they learn")
    study = parser.add_argument_group("figure4: the Critic's estimates beside what sessions gave")
    study.add_argument("--states", type=count, default=10, help="states that are valued")
    study.add_argument("--estimates", type=count, default=30, help="how often by the Critic")
    study.add_argument("--rollouts", type=count, default=30, help="sessions played from each")


def add_evaluate_option(parser: argparse.ArgumentParser) -> None:
    """Whether methods learn on while they are evaluated."""
    parser.add_argument(
        "--evaluate",
        choices=tuple(MODES),
        default="frozen",
        help="frozen: learning nothing more; online: learning on",
    )


def add_play_options(parser: argparse.ArgumentParser) -> None:
    """What does not change results: concurrency, limits, cache, places."""
    parser.add_argument("--concurrency", type=count, default=8, help="episodes at once")
    parser.add_argument("--max-calls", type=count, help="stop before another chat call than these")
    parser.add_argument("--max-tokens", type=count, help="stop once as many tokens are spent")
    parser.add_argument("--max-money", type=amount, metavar="USD", help="stop once it is spent")
    parser.add_argument("--max-errors", type=whole, help="stop when more episodes have failed")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="replies, to be used again")
    add_prices_option(parser)
    parser.add_argument("--no-report", action="store_true", help="make no page of it")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the run's folder")
    add_json_option(parser)


def add_prices_option(parser: argparse.ArgumentParser) -> None:
    """What calls cost."""
    parser.add_argument("--prices", type=Path, metavar="FILE", help="TOML, over the known prices")


def add_json_option(
    parser: argparse.ArgumentParser, what: str = "write the summary for programs"
) -> None:
    """Where to write the results for programs."""
    parser.add_argument("--json", type=Path, metavar="FILE", help=what)
