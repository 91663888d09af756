"""`billp play`: you are the user; what you say is kept, and a play that was killed goes on."""

import argparse
import json
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.commands.option_types import Commands, count, whole
from experiments.errors import RunError

if TYPE_CHECKING:  # Chroma and torch are not loaded to print a help text
    from experiments.people.screen import Screen
    from experiments.people.thread import PlayThread
    from nodes import Context


YOU = "you"
DEFAULTS: Mapping[str, Any] = {
    "world": "demo",
    "arm": "billp",
    "model": "offline",
    "base_url": None,
    "user": None,
    "viewed": [],
    "rounds": 100,
    "memory": "default",
}
THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def add_command(commands: Commands) -> None:
    """Adds `play`."""
    play = commands.add_parser("play", help="be the user yourself: rate what is recommended")
    play.set_defaults(run=_play)
    play.add_argument("--world", help="'demo', a world's name, or its folder")
    play.add_argument("--arm", help="the method that recommends; billp")
    play.add_argument("--model", help="offline, openai:NAME or scripted:FILE")
    play.add_argument("--base-url", help="an OpenAI-compatible server")
    play.add_argument(
        "--user", type=whole, metavar="N", help="play this user of the world, with their history"
    )
    play.add_argument(
        "--viewed", action="append", metavar="TITLE", help="you know this one; once for each title"
    )
    play.add_argument("--rounds", type=count, help="rounds the session may last")
    play.add_argument("--memory", metavar="NAME", help="the memories to use, and to teach")
    play.add_argument("--thread", metavar="NAME", help="go on with what was begun under this name")


def _play(options: argparse.Namespace) -> int:
    from rich.console import Console

    from experiments.people.screen import Screen
    from experiments.people.thread import PlayThread
    from models.server import refuse_secrets

    refuse_secrets(options.base_url or "")
    name = options.thread or uuid.uuid4().hex[:8]
    if not THREAD.fullmatch(name):
        raise RunError(f"--thread {name!r}: a name has up to 64 letters, digits, '.', '-' and '_'")
    wanted = {key: getattr(options, key) for key in DEFAULTS if getattr(options, key) is not None}
    screen = Screen(Console())
    with PlayThread(name) as thread:
        settings = _settled(wanted, thread.settings, name)
        try:
            _converse(thread, settings, screen)
        finally:
            if thread.begun and thread.waits:
                screen.saved(f"billp play --thread {name}")
    return 0


def _settled(
    wanted: Mapping[str, Any], begun: Mapping[str, Any] | None, name: str
) -> dict[str, Any]:
    """The settings to play with; a thread keeps those that it was begun with."""
    from models.server import refuse_secrets

    if begun is None:
        return {**DEFAULTS, **wanted}
    refuse_secrets(begun["base_url"] or "")
    for key, value in wanted.items():
        if value != begun[key]:
            raise RunError(
                f"thread {name!r} was begun with {key} {begun[key]!r}, not {value!r}: leave "
                f"--{key.replace('_', '-')} out, or begin another thread"
            )
    return dict(begun)


def _converse(thread: "PlayThread", settings: Mapping[str, Any], screen: "Screen") -> None:
    """Question and answer, until the session is over or nothing more is said."""
    begun = thread.settings is not None
    with screen.thinking():
        thread.begin(context_of(settings), given(settings), json.dumps(settings))
    screen.opens(settings, begun=begun)
    while thread.question:
        said = screen.ask(thread.question, thread.values)
        if said is None:
            return
        with screen.thinking():
            thread.answer(said)
    screen.closes(thread.values)


def context_of(settings: Mapping[str, Any]) -> "Context":
    """The settings as the graph takes them."""
    from nodes import Context

    return Context(
        world=settings["world"],
        arm=settings["arm"],
        model=settings["model"],
        base_url=settings["base_url"],
        memory=settings["memory"],
        max_rounds=settings["rounds"],
        human=True,
    )


def given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Who plays, and what they viewed before."""
    user = YOU if settings["user"] is None else settings["user"]
    return {"user": user, "viewed": settings["viewed"]} if settings["viewed"] else {"user": user}
