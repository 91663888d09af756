"""`billp app`: the server's page, opened in a browser by one command."""

import argparse
import webbrowser

from experiments.arguments.known_names import existing_world
from experiments.commands import options as shared

LOOPBACK = "127.0.0.1"


def add_command(commands: shared.Commands) -> None:
    """Adds `app`."""
    app = commands.add_parser(
        "app",
        help="watch sessions and runs, and play the user, in a browser",
        description="Starts the LangGraph server and opens its page in a browser: watch a plan "
        "unfold node by node, compare two arms, go on from any round in another way, be the user "
        "yourself, or follow and compare runs. Ctrl-C ends it; sessions and memories are kept.",
        examples=("billp app", "billp app --world movielens --no-open --port 2024"),
    )
    app.set_defaults(run=run)
    app.add_argument(
        "--world",
        type=existing_world,
        default="demo",
        help=f"the world to load beforehand, {shared.WORLD_HELP.removeprefix('the world: ')}",
    )
    app.add_argument(
        "--port",
        type=port,
        metavar="N",
        help="the port of the server (default: 2024, or a free one)",
    )
    app.add_argument(
        "--host",
        default=LOOPBACK,
        help="the address to bind; one that others can reach needs tokens (docs/serving.md)",
    )
    app.add_argument("--no-open", action="store_true", help="print the address alone")


def port(text: str) -> int:
    """A port of this machine."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serves until it is interrupted."""
    from rich.console import Console

    from experiments.commands.page_server import PageServer
    from experiments.terminal import print_line

    console = Console()
    with PageServer(options.host, options.port, options.world) as server:
        with console.status("starting the server", spinner="line"):
            server.wait_until_ready()
        print_line(console, f"{server.address} (Ctrl-C ends it)")
        if not options.no_open:
            webbrowser.open(server.address)
        server.wait()
    return 0
