"""`billp world download|build|show|check`: make worlds from real logs, and look at them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from experiments.commands.options import Commands, between, count, whole
from experiments.terminal import print_line
from simulator import world_folder, worlds_folder


def add_command(commands: Commands) -> None:
    """Adds `world` and its actions."""
    world = commands.add_parser("world", help="make worlds from real logs, and look at them")
    actions = world.add_subparsers(required=True, metavar="ACTION")
    names = "steam, amazon-book, movielens"

    build = actions.add_parser("build", help="from a publisher's raw files to a finished world")
    build.set_defaults(run=_build)
    build.add_argument("name", help=f"whose layout the files have: {names} or csv")
    build.add_argument("--source", type=Path, required=True, help="the folder with the raw files")
    build.add_argument("--out", type=Path, help="where to; .billp/worlds/NAME, where runs find it")
    build.add_argument("--k", type=count, help="ratings that every user and item must have")
    build.add_argument("--seed", type=whole, default=0)
    build.add_argument(
        "--halves",
        choices=("auto", "time", "random"),
        default="auto",
        help="auto: by time, unless times are missing or follow the ratings",
    )
    build.add_argument(
        "--negatives", type=between(0, 100), default=2.0, help="unobserved pairs per rating"
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

    show = actions.add_parser("show", help="a table of a world, and a picture beside its files")
    show.set_defaults(run=_show)
    show.add_argument("folder", type=_folder, metavar="WORLD", help="its name or its folder")

    check = actions.add_parser("check", help="whether a world is whole and says the truth")
    check.set_defaults(run=_check)
    check.add_argument("folder", type=_folder, metavar="WORLD", help="its name or its folder")

    download = actions.add_parser("download", help="the raw files from their publisher")
    download.set_defaults(run=_download)
    download.add_argument("name", help=names)
    download.add_argument("--out", type=Path, help="where to; .billp/downloads/NAME")


def _folder(world: str) -> Path:
    return world_folder(world) or Path(world)


def _build(options: argparse.Namespace) -> int:
    from simulator.building.build import BuildSettings
    from simulator.building.make import make_world
    from simulator.logs import LAYOUTS

    console = Console()
    layout = LAYOUTS.get(options.name)
    settings = BuildSettings(
        k=options.k or (layout.k if layout else 5),
        seed=options.seed,
        halves=options.halves,
        negatives=options.negatives,
        per_split=options.per_split or options.preset == "paper",
        repeats_bore=options.preset != "paper",
    )
    out = options.out or worlds_folder() / options.name

    with _byte_bar(console, "reading") as on_bytes:
        card = make_world(
            options.name, options.source, out, settings, partial(print_line, console), on_bytes
        )
    for note in card["notes"]:
        print_line(console, f"note: {note}")
    console.print(_card_table(card))
    name = options.name if out == worlds_folder() / options.name else str(out)
    print_line(console, f"Written to {out}; use it as Context(world={name!r})")
    return 0


def _show(options: argparse.Namespace) -> int:
    from experiments.commands.world_picture import draw_world
    from simulator.folder import read_card

    console = Console()
    card = read_card(options.folder)
    console.print(_card_table(card))
    picture = options.folder / "world.png"
    draw_world(card, picture)
    print_line(console, f"Picture: {picture}")
    return 0


def _check(options: argparse.Namespace) -> int:
    """Loads the world, which compares every hash, and plays the reference policies again."""
    from simulator.batch_play import sample_users
    from simulator.building.reference_figures import reference_figures, with_cached_ratings
    from simulator.errors import WorldError
    from simulator.folder import load_world_folder

    world, card = load_world_folder(options.folder)
    users = sample_users(world, seed=card["settings"]["seed"])
    for name, figures in reference_figures(with_cached_ratings(world), users).items():
        stated = card["reference"][name]["len"]
        if abs(figures.len - stated) > max(1.0, 0.1 * stated):
            raise WorldError(
                f"{name} lasts {figures.len:.1f} rounds, but the card says {stated:.1f}: "
                "build the world again"
            )
    print_line(
        Console(),
        f"{options.folder}: every file has the hash that world.json names, and the reference "
        "policies last as long as it says",
    )
    return 0


def _download(options: argparse.Namespace) -> int:
    from simulator.downloads import download, licence

    console = Console()
    folder = options.out or worlds_folder().parent / "downloads" / options.name
    console.print(licence(options.name), markup=False)
    with _byte_bar(console, "downloading") as on_bytes:
        paths = download(options.name, folder, on_bytes)
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


def _card_table(card: dict[str, Any]) -> Table:
    """The paper's Table 4, how well the models fit, and how long the reference policies last."""
    table = Table(title=f"World {card['name']!r}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column()
    statistics, calibration = card["statistics"], card["calibration"]
    table.add_row("users, items", f"{statistics['users']:,}, {statistics['items']:,}")
    table.add_row("ratings", f"{statistics['train']:,} train, {statistics['test']:,} test")
    for half, fit in card["fit"].items():
        errors = f"{fit['rmse_deepfm']:.3f} (biases {fit['rmse_biases']:.3f})"
        table.add_row(f"{half}: RMSE without negatives", errors)
        seen = f"{fit['auc_deepfm']:.3f} (popularity {fit['auc_popularity']:.3f})"
        table.add_row(f"{half}: AUC seen and unseen", seen)
    met = "" if calibration["met"] else f"; not met: {', '.join(calibration['failed'])}"
    table.add_row("beta", f"{card['rule']['beta']:.4f} (quantile {calibration['quantile']}{met})")
    for name, figures in card["reference"].items():
        quits = ", ".join(f"{cause} {count}" for cause, count in figures["quits"].items())
        table.add_row(
            f"{name}: Len, R_each", f"{figures['len']:.2f}, {figures['r_each']:.2f} ({quits})"
        )
    return table
