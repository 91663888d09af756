"""`billp world download|build|show|check`: make worlds from real logs, and look at them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.arguments.known_names import existing_world, one_of
from experiments.commands.options import Commands, add_config_option, between, count, whole
from experiments.errors import RunError
from experiments.terminal import print_line

PUBLISHED = ("steam", "amazon-book", "movielens")
KNOWN_WORLD = "its name, its folder, or 'demo'"


def add_command(commands: Commands) -> None:
    """Adds `world` and its actions."""
    world = commands.add_parser(
        "world",
        help="make worlds from real logs, and look at them",
        description="A world is a catalogue, a log in two halves, and users who rate and leave.",
    )
    actions = world.add_subparsers(metavar="ACTION")

    download = actions.add_parser(
        "download",
        help="the raw files from their publisher",
        description="Downloads a published log; a download that broke off goes on.",
        examples=("billp world download movielens", "billp world download steam --out logs/steam"),
    )
    download.set_defaults(run=_download)
    download.add_argument(
        "layout",
        type=one_of("layout", PUBLISHED),
        metavar="LAYOUT",
        help=f"whose files: {', '.join(PUBLISHED)}",
    )
    download.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to put the files (default: .billp/downloads/LAYOUT)",
    )

    _add_build(
        actions.add_parser(
            "build",
            help="from a log's files to a finished world",
            description="Reads a log, fits what users like, and calibrates when they tire.",
            examples=(
                "billp world build csv --source books --name bookshop",
                "billp world build movielens --source .billp/downloads/movielens",
            ),
        )
    )
    show = actions.add_parser(
        "show",
        help="a table of a world, and a picture beside its files",
        description="Prints what a world holds and what is wrong with it, and draws it.",
        examples=("billp world show demo", "billp world show movielens"),
    )
    show.set_defaults(run=_show)
    show.add_argument("world", type=existing_world, metavar="WORLD", help=KNOWN_WORLD)

    check = actions.add_parser(
        "check",
        help="whether a world is whole and says the truth",
        description="Compares every hash and plays the reference policies again.",
        examples=("billp world check demo", "billp world check movielens"),
    )
    check.set_defaults(run=_check)
    check.add_argument("world", type=existing_world, metavar="WORLD", help=KNOWN_WORLD)


def _add_build(build: argparse.ArgumentParser) -> None:
    build.set_defaults(run=_build)
    add_config_option(build)
    build.add_argument(
        "layout",
        type=one_of("layout", (*PUBLISHED, "csv")),
        metavar="LAYOUT",
        help=f"what the files look like: {', '.join(PUBLISHED)} or csv",
    )
    build.add_argument(
        "--source",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder with the raw files (needed)",
    )
    build.add_argument(
        "--name", help="the world's name, by which runs find it (default: the layout's)"
    )
    build.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="its folder, in place of a name (default: .billp/worlds/NAME)",
    )
    build.add_argument(
        "--replace", action="store_true", help="put it in the place of the world that is there"
    )
    build.add_argument(
        "--k",
        type=count,
        metavar="N",
        help="ratings that every user and item must have (default: 5, of amazon-book 90)",
    )
    build.add_argument(
        "--seed", type=whole, default=0, metavar="N", help="the seed of halves and fits"
    )
    build.add_argument(
        "--halves",
        choices=("auto", "time", "random"),
        default="auto",
        help="how ratings are divided; auto: by time, unless times are missing or follow the "
        "ratings",
    )
    build.add_argument(
        "--negatives",
        type=_negatives,
        default="auto",
        metavar="N",
        help="unobserved pairs per rating that are taken as disliked; auto: 2, in dense logs fewer",
    )
    build.add_argument(
        "--per-split", action="store_true", help="the paper's: item vectors of each half its own"
    )
    build.add_argument(
        "--preset",
        choices=("default", "paper"),
        default="default",
        help="paper: --per-split, and an item shown before is no reason of its own to leave",
    )


def _negatives(text: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        return between(0, 100)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}, and not 'auto'") from error


def _build(options: argparse.Namespace) -> int:
    from experiments.commands.world_views.table import print_world
    from simulator.building.build import BuildSettings
    from simulator.building.make import make_world
    from simulator.folder import load_world_folder
    from simulator.load import known_as, named_folder
    from simulator.logs import LAYOUTS

    if options.name and options.out:
        raise RunError("give --name or --out, not both: a world is called as its folder")
    console = Console()
    layout = LAYOUTS.get(options.layout)
    settings = BuildSettings(
        k=options.k or (layout.k if layout else 5),
        seed=options.seed,
        halves=options.halves,
        negatives=options.negatives,
        per_split=options.per_split or options.preset == "paper",
        repeats_bore=options.preset != "paper",
    )
    out = options.out or named_folder(options.name or options.layout)

    report = partial(print_line, console)
    with _byte_bar(console, "reading") as on_bytes:
        card = make_world(
            options.layout,
            options.source,
            out,
            settings,
            report,
            on_bytes,
            replace_world=options.replace,
        )
    for note in card["notes"]:
        print_line(console, f"note: {note}")
    print_world(console, card["name"], card)
    name = known_as(load_world_folder(out)[0])
    print_line(console, f"Written to {out}; use it as Context(world={name!r})")
    return 0


def _show(options: argparse.Namespace) -> int:
    from experiments.commands.world_views.picture import draw_world
    from experiments.commands.world_views.table import print_world
    from simulator import load_world, worlds_folder
    from simulator.building.describe import made_card
    from simulator.folder import read_card, world_name

    console = Console()
    folder = _folder(options.world)
    if folder is None:
        folder = worlds_folder() / options.world
        card = made_card(load_world(options.world))
    else:
        card = read_card(folder)
    name = world_name(folder)
    print_world(console, name, card)
    for picture in draw_world(name, card, folder):
        print_line(console, f"Picture: {picture}")
    return 0


def _check(options: argparse.Namespace) -> int:
    """Loads the world, which compares every hash, and plays the reference policies again."""
    from simulator import load_world
    from simulator.building.check import check_folder, check_made

    folder = _folder(options.world)
    said = check_folder(folder) if folder else check_made(load_world(options.world))
    print_line(Console(), f"{folder or options.world}: {said}")
    return 0


def _folder(world: str) -> Path | None:
    """A world's folder, or None for a world that is made by code."""
    from simulator.load import MADE_WORLDS, unknown_world, world_folder

    if world in MADE_WORLDS:
        return None
    folder = world_folder(world) or Path(world)
    if not folder.is_dir():
        raise unknown_world(world)
    return folder


def _download(options: argparse.Namespace) -> int:
    from simulator import worlds_folder
    from simulator.downloads import download, licence

    console = Console()
    folder = options.out or worlds_folder().parent / "downloads" / options.layout
    console.print(licence(options.layout), markup=False)
    with _byte_bar(console, "downloading") as on_bytes:
        paths = download(options.layout, folder, on_bytes)
    for path in paths:
        print_line(console, str(path))
    return 0


@contextmanager
def _byte_bar(console: Console, label: str) -> Iterator[Any]:
    """A progress bar over bytes, or None where there is no terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole or None)
