"""Types of options that name something: a typo is refused before anything is loaded."""

import argparse
import os
from collections.abc import Callable, Collection
from pathlib import Path
from runpy import run_path
from typing import NoReturn

from experiments.errors import nearest
from experiments.runs.methods import METHOD_NOTES, is_method
from experiments.runs.places import RUN, is_run, run_parents
from home_folder import home

DEMO, CARD = "demo", "world.json"
MOST_NAMED = 5
TRACKERS = ("jsonl", "tensorboard", "mlflow", "wandb", "none")
SQLITE = b"SQLite format 3\0"  # how its files begin
PROVIDER_NAMES = Path(__file__).parents[2] / "models" / "providers" / "names.py"
FOREIGN = run_path(str(PROVIDER_NAMES))["FOREIGN"]  # its package would load LangChain
ALONE, KINDS = ("offline", "local"), ("openai", "scripted", "local", "own", *FOREIGN)
MODEL_KINDS = (
    "offline",
    "local",
    "openai:NAME",
    "scripted:FILE",
    "local:FILE.gguf",
    "PROVIDER:NAME",
    "community:CLASS:MODEL",
    "import:MODULE:FACTORY",
)


def one_of(what: str, known: Collection[str]) -> Callable[[str], str]:
    """One of these names."""
    return lambda text: text if text in known else _refuse(what, text, known)


def names(text: str) -> list[str]:
    """One name or several, with commas between them."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError("expected a name, or several with commas between them")
    return found


def method_names(text: str) -> list[str]:
    """Methods, as `names`."""
    return [name if is_method(name) else _refuse("arm", name, METHOD_NOTES) for name in names(text)]


def model_names(text: str) -> list[str]:
    """Chat models, as `names`."""
    return [model_name(name) for name in names(text)]


def model_name(text: str) -> str:
    """A chat model."""
    kind, _, rest = text.partition(":")
    if kind == "scripted" and rest and not Path(rest).is_file():
        raise argparse.ArgumentTypeError(f"script {rest} cannot be read: name a file that is there")
    if text in ALONE or (rest and kind in KINDS):
        return text
    hint = nearest(kind, [*ALONE, *KINDS]) if kind not in (*ALONE, *KINDS) else ""
    hint = f"{hint} " if hint.startswith("did you mean") else ""
    raise argparse.ArgumentTypeError(
        f"unknown model {text!r}: {hint}use one of {', '.join(MODEL_KINDS)}"
    )


def server_address(text: str) -> str:
    """An address in which no key is hidden."""
    if any(sign in text for sign in "@?#"):
        raise argparse.ArgumentTypeError(
            "an address must hold neither user, password nor query: a key for it belongs into "
            "BILLP_API_KEY"
        )
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with http:// or https://")
    return text


def tracker_name(text: str) -> str:
    """A tracker, perhaps with the place that it writes to."""
    one_of("tracker", TRACKERS)(text.partition(":")[0])
    return text


def existing_world(text: str) -> str:
    """A world by name or folder."""
    worlds = home() / "worlds"
    if text == DEMO or (worlds / text / CARD).is_file() or (Path(text) / CARD).is_file():
        return text
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(
            f"{text} holds no world (it has no {CARD}): `billp world build` makes one from a log"
        )
    known = sorted({DEMO, *(card.parent.name for card in worlds.glob(f"*/{CARD}"))})
    hint = nearest(text, known, "worlds")
    if hint.endswith("?"):
        hint += f" Known worlds: {', '.join(known)}"
    raise argparse.ArgumentTypeError(
        f"unknown world {text!r}: {hint} (`billp world build` makes one from a log)"
    )


def run_folder(text: str) -> Path:
    """The folder of a run: a path, or the name of one under `.billp/runs` or `.billp/demo`."""
    for place in (Path(text), *(parent / text for parent in run_parents())):
        if text and is_run(place):
            return place
    inside = sorted(str(run.parent) for run in Path(text).glob(f"*/{RUN}"))
    if inside:
        raise argparse.ArgumentTypeError(
            f"{text} is not a run's folder, but holds runs: name one of them: "
            f"{', '.join(inside[-MOST_NAMED:])}"
        )
    known = [run.parent.name for parent in run_parents() for run in parent.glob(f"*/{RUN}")]
    hint = f" ({nearest(text, known)})" if known else ""
    raise argparse.ArgumentTypeError(f"{text} is not a run's folder: it has no {RUN}{hint}")


def output_file(text: str) -> Path:
    """A file that can be written, in a folder that is there."""
    path = Path(text)
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(
            f"cannot write {path}: name a file in a folder that can be written"
        )
    return path


def cache_file(text: str) -> Path:
    """A reply cache, new or not."""
    path = Path(text)
    if path.is_file() and path.stat().st_size and not _begins_as_sqlite(path):
        raise argparse.ArgumentTypeError(
            f"{path} is no reply cache: name another file, or delete it"
        )
    return path


def _begins_as_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def input_file(text: str) -> Path:
    """A file that can be read."""
    path = Path(text)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be read: name a file that is there")
    return path


def _refuse(what: str, name: str, known: Collection[str]) -> NoReturn:
    raise argparse.ArgumentTypeError(f"unknown {what} {name!r}: {nearest(name, known)}")
