"""`billp play`: a person is the user; a play that was killed goes on."""

import argparse
import re
import uuid

from experiments.arguments.known_names import existing_world, model_name, one_of, server_address
from experiments.arguments.notes import arm_notes
from experiments.commands import options as shared
from experiments.commands.reply_options import add_reply_options
from experiments.runs.methods import ARM_NOTES

THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

NOT_OF_A_PLAY = ("run", "config", "thread")


def add_command(commands: shared.Commands) -> None:
    """Adds `play`."""
    play = commands.add_parser(
        "play",
        help="be the user yourself: rate what is recommended",
        description="You are the user: rate what is recommended, ask for the plan behind it, leave "
        "when you are bored. A session that was left goes on with --thread.",
        notes=arm_notes(),
        examples=("billp play", "billp play --user 3 --arm react --model openai:gpt-4o-mini"),
    )
    play.set_defaults(run=run)
    shared.add_config_option(play)
    play.add_argument("--world", type=existing_world, help=f"{shared.WORLD_HELP} (default: demo)")
    play.add_argument(
        "--arm",
        type=one_of("arm", ARM_NOTES),
        metavar="ARM",
        help="the method that recommends; the list is below (default: billp)",
    )
    play.add_argument("--model", type=model_name, help=f"{shared.MODEL_HELP} (default: offline)")
    play.add_argument("--base-url", type=server_address, metavar="URL", help=shared.SERVER_HELP)
    add_reply_options(play, tell_given=True)
    play.add_argument(
        "--user",
        type=shared.whole,
        metavar="N",
        help="play this user of the world, with their history (default: somebody new)",
    )
    play.add_argument(
        "--viewed",
        action="append",
        metavar="TITLE",
        help="an item that you know; once for each of them (default: none)",
    )
    play.add_argument(
        "--rounds",
        type=shared.rounds,
        metavar="N",
        help="the most rounds of the session (default: 100)",
    )
    play.add_argument(
        "--memory",
        metavar="NAME",
        help="the memories to use, and to teach (default: 'default', or 'offline' for its model)",
    )
    play.add_argument(
        "--thread",
        metavar="NAME",
        help="go on with what was begun under this name, or begin it (default: a new name)",
    )


def run(options: argparse.Namespace) -> int:
    """Plays until the session ends or the input does; an unfinished thread can be resumed."""
    from experiments.commands.early_checks import check_keys
    from experiments.errors import RunError

    name = options.thread or uuid.uuid4().hex[:8]
    if not THREAD.fullmatch(name):
        raise RunError(f"--thread {name!r}: a name has up to 64 letters, digits, '.', '-' and '_'")
    check_keys([options.model or "offline"], options.base_url)
    from rich.console import Console

    from experiments.people.screen import Screen

    screen = Screen(Console())
    with screen.waiting("loading the program"):
        from experiments.people.session import play_session

    wanted = {key: value for key, value in vars(options).items() if key not in NOT_OF_A_PLAY}
    play_session(screen, name, {key: value for key, value in wanted.items() if value is not None})
    return 0
