"""`billp play`: a person is the user; a play that was killed goes on."""

import argparse
import re
import uuid

from experiments.commands.options import Commands, count, whole

THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def add_command(commands: Commands) -> None:
    """Adds `play`."""
    play = commands.add_parser("play", help="be the user yourself: rate what is recommended")
    play.set_defaults(run=run)
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


def run(options: argparse.Namespace) -> int:
    """Plays until the session ends or the input does; an unfinished thread can be resumed."""
    from dataclasses import fields

    from rich.console import Console

    from experiments.errors import RunError
    from experiments.people.screen import Screen
    from experiments.people.thread import PlaySettings, PlayThread
    from models.server import refuse_secrets

    refuse_secrets(options.base_url or "")
    name = options.thread or uuid.uuid4().hex[:8]
    if not THREAD.fullmatch(name):
        raise RunError(f"--thread {name!r}: a name has up to 64 letters, digits, '.', '-' and '_'")
    given = {field.name: getattr(options, field.name) for field in fields(PlaySettings)}
    wanted = {name: value for name, value in given.items() if value is not None}
    screen = Screen(Console())
    with PlayThread(name) as thread:
        kept = thread.settings
        settings = PlaySettings.resumed(kept, wanted, name) if kept else PlaySettings(**wanted)
        try:
            with screen.waiting():
                thread.start(settings)
            screen.show_start(settings, resumed=kept is not None)
            while thread.question:
                answer = screen.ask(thread.question, thread.values)
                if answer is None:
                    return 0
                with screen.waiting():
                    thread.answer(answer)
            screen.show_end(thread.values)
        finally:
            if thread.begun and thread.unfinished:
                screen.show_resume(f"billp play --thread {name}")
    return 0
