"""`billp memory forget`: withdraws what a source taught, once that is agreed to."""

import argparse
import sys
from contextlib import closing

from rich.console import Console

from experiments.errors import RunError
from experiments.terminal import print_line
from simulator.text import plural
from stores import MemoryFolder, SentenceEmbedder, Source, embedding_in


def forget_source(options: argparse.Namespace) -> int:
    """Tells what a source taught, asks, and withdraws it from the journal and the index."""
    folder, console = options.folder, Console()
    source = Source(options.user, options.of_run, options.episode)
    given = {"user": source.user, "run": source.run, "episode": source.episode}
    named = next(f"{name} {said!r}" for name, said in given.items() if said)
    with closing(MemoryFolder(folder, SentenceEmbedder(embedding_in(folder)))) as memories:
        left = memories.without(source)
        if not left.facts:
            unknown = (
                f", and {plural(left.unmarked, 'fact')} name no source" if left.unmarked else ""
            )
            raise RunError(
                f"{folder} has learned nothing from {named}{unknown}: `billp memory export` writes "
                "its facts with their sources"
            )
        facts, rows = plural(left.facts, "fact"), plural(left.dropped, "row")
        episodes = plural(len(left.episodes), "episode")
        taught = f"{facts} of {named}, from {episodes}, and {rows} left without facts"
        if not options.yes and not _agreed(console, f"{folder}: {taught}"):
            print_line(console, f"{folder} is kept")
            return 0
        memories.forget(source)
    print_line(console, f"{folder} has forgotten {taught}")
    return 0


def _agreed(console: Console, said: str) -> bool:
    if not sys.stdin.isatty():
        raise RunError("nothing is forgotten without being asked for: add --yes")
    print_line(console, said)
    try:
        return console.input("Forget it for good? [y/N] ", markup=False).strip().lower() == "y"
    except EOFError:
        return False
