"""`python -m benchmarks [NAME ...]`: the quick ones or those named, each in its own process.

`prompts`, `retrieval` and `evidence` take options of their own, such as the model or the world they
are about.
"""

import os
import subprocess
import sys
from difflib import get_close_matches

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, collected

QUICK = ("imports", "episode_cpu", "episode_latency", "checkpoints", "demo", "worlds", "runner")
PROGRAMS = (
    *QUICK,
    "chat_clients",
    "embeddings",
    "paper_world",
    "catalogue_search",
    "baselines",
    "tianshou_check",
    "failures",
    "report_page",
    "server_load",
    "growth",
    "large_catalogue",
    "kills",
    "prompt_tokens",
)
PROMPTS, RETRIEVAL, EVIDENCE = "prompts", "retrieval", "evidence"


def main() -> int:
    """Prints a table of figures beside their targets; 1 when one is missed."""
    chosen = sys.argv[1:] or list(QUICK)
    if chosen[0] == PROMPTS:
        from benchmarks.prompts.command import main as evaluate_prompts

        return evaluate_prompts(chosen[1:])
    if chosen[0] == RETRIEVAL:
        from benchmarks.retrieval import main as compare_retrievals

        return compare_retrievals(chosen[1:])
    if chosen[0] == EVIDENCE:
        from benchmarks.evidence import main as measure_evidence

        return measure_evidence(chosen[1:])
    for name in chosen:
        if name not in PROGRAMS:
            known = (*PROGRAMS, PROMPTS, RETRIEVAL, EVIDENCE)
            close = get_close_matches(name, known, n=1) or [", ".join(known)]
            print(f"unknown benchmark {name!r}: did you mean {close[0]}?", file=sys.stderr)
            return 2
    console = Console()
    figures: list[Figure] = []
    for name in chosen:
        with console.status(name):
            figures += run(name)
    console.print(table(figures))
    return 1 if any(figure.met is False for figure in figures) else 0


def run(name: str) -> list[Figure]:
    """The figures of one program."""
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ, check=True)
    return collected(done.stdout)


def table(figures: list[Figure]) -> Table:
    """Figures as people read them; the chat model behind all of them is the offline one."""
    shown = Table(title="chat model: offline, in process or behind a loopback server")
    shown.add_column("figure")
    for name in ("measured", "target", ""):
        shown.add_column(name, justify="right")
    words = {None: "", True: "[green]reached[/]", False: "[red]missed[/]"}
    for figure in figures:
        measured = f"{figure.value:.3g} {figure.unit}"
        shown.add_row(figure.name, measured, figure.target, words[figure.met])
    return shown


if __name__ == "__main__":
    sys.exit(main())
