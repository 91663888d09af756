"""The options of `python -m benchmarks prompts`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from benchmarks.prompts.places import WORLDS, WorldName
from models import ROLES, Role

SITUATIONS, CONCURRENCY = 200, 4
MOST = 100_000

Choose = Literal["number", "title"]


@dataclass(frozen=True)
class Options:
    """Which model is evaluated, and on what."""

    model: str
    base_url: str | None
    world: Literal["demo", "steam", "both"]
    situations: int
    roles: tuple[Role, ...]
    choose: Choose
    structured: bool
    seed: int
    concurrency: int
    json: Path | None
    record: Path | None

    @property
    def worlds(self) -> tuple[WorldName, ...]:
        """The worlds of the situations."""
        return WORLDS if self.world == "both" else (self.world,)

    @property
    def in_each(self) -> int:
        """The situations of each role in each world."""
        return -(-self.situations // len(self.worlds))


def read_options(arguments: Sequence[str]) -> Options:
    """The options, or an exit that says which one is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks prompts",
        description="How well a chat model does what the prompts ask of each role.",
    )
    add = parser.add_argument
    add("--model", default="offline", help="the chat model of all roles")
    add("--base-url", help="an OpenAI-compatible server")
    add("--world", choices=(*WORLDS, "both"), default="both")
    add("--situations", type=_count, default=SITUATIONS, help="of each role, over all worlds")
    add("--roles", type=_roles, default=ROLES, help="some of " + ",".join(ROLES))
    add("--choose", choices=get_args(Choose), default="number", help="how the Actor chooses")
    add("--structured", action=argparse.BooleanOptionalAction, default=True, help="JSON schemas")
    add("--seed", type=_seed, default=0, help="of the situations and of the model")
    add("--concurrency", type=_count, default=CONCURRENCY, help="situations at once")
    add("--json", type=Path, metavar="FILE", help="writes all replies and figures")
    add("--record", type=Path, metavar="FILE", help="writes the replies as the tests keep them")
    return Options(**vars(parser.parse_args(arguments)))


def _count(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST:,}, not {text!r}")


def _seed(text: str) -> int:
    if text.isdecimal() and int(text) < 2**31:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 2^31 - 1, not {text!r}")


def _roles(text: str) -> tuple[Role, ...]:
    unknown = next((name for name in text.split(",") if name not in ROLES), None)
    if unknown is not None:
        raise argparse.ArgumentTypeError(
            f"unknown role {unknown!r}: use some of {', '.join(ROLES)}"
        )
    return tuple(role for role in ROLES if role in text.split(","))
