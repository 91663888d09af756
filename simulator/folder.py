"""A world on disk: arrays as safetensors, the catalogue as JSON lines, and a card with hashes.

Loading never unpickles, and refuses files whose hashes differ from the card's.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

import durable
from simulator.catalogue import Catalogue
from simulator.errors import WorldError
from simulator.place import CARD, cannot_be_written, moved_into_place
from simulator.quit_rule import QuitRule
from simulator.ragged import Ragged
from simulator.rewards.crossfit import CrossFitted
from simulator.rewards.factors import FactorRewards
from simulator.world import HALVES, Half, HalfName, World

SCHEMA = 1
FILES = ("catalogue.jsonl", *(f"{name}.safetensors" for name in HALVES))
CROSSFIT = "crossfit.safetensors"  # worlds built before there was one lack it
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
SHARED_VECTORS: HalfName = "train"

Card = dict[str, Any]


def save_world(world: World, card: Mapping[str, Any], folder: Path) -> None:
    """Writes a world beside its folder, then moves it into place at once."""
    try:
        with moved_into_place(folder) as partial:
            files = {name: sha256(partial / name) for name in _write_parts(world, partial)}
            content = {"schema": SCHEMA, **card, "files": files}
            content["card_sha256"] = card_hash(content)
            text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
            durable.replace(partial / CARD, text.encode())
    except OSError as error:
        raise cannot_be_written(folder, error) from error


def world_name(folder: Path) -> str:
    """The name of the world in this folder, which is the folder's as far as a name may go."""
    return NOT_IN_NAMES.sub("-", folder.absolute().name).strip("-.") or "world"


def load_world_folder(folder: Path) -> tuple[World, Card]:
    """Loads a saved world and its card."""
    card = read_card(folder)
    for name, expected in card["files"].items():
        path = folder / name
        found = sha256(path) if path.is_file() else "missing"
        if found != expected:
            raise WorldError(
                f"{path} is not the file that {CARD} names ({found[:12]}, not {expected[:12]}): "
                "build the world again"
            )
    try:
        text = (folder / "catalogue.jsonl").read_text(encoding="utf-8")
        items = [json.loads(line) for line in text.split("\n") if line]
        halves = {half: load_file(folder / f"{half}.safetensors") for half in HALVES}
        shared = halves[SHARED_VECTORS]["vectors"]
        world = World(
            name=world_name(folder),
            digest=sha256(folder / CARD)[:12],
            catalogue=Catalogue.of((item["title"], item["genres"]) for item in items),
            halves={
                half: Half(FactorRewards.of(arrays), arrays.get("vectors", shared))
                for half, arrays in halves.items()
            },
            histories=Ragged(halves["train"]["history_values"], halves["train"]["history_starts"]),
            rule=QuitRule(**card["rule"]),
            popularity=halves["train"].get("popularity"),
            folder=folder.resolve(),
            crossfit=_crossfit(folder, card),
        )
    except (KeyError, TypeError, ValueError, OSError, SafetensorError) as error:
        raise WorldError(f"world folder {folder} is damaged: build it again") from error
    return world, card


def read_card(folder: Path) -> Card:
    """Reads and checks a world's card."""
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        schema = card["schema"]
    except FileNotFoundError:
        raise WorldError(f"{folder} holds no world: no {CARD} in it") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorldError(f"{path} cannot be read: build the world again") from error
    if schema != SCHEMA:
        raise WorldError(
            f"world {folder} has schema {schema}, this version reads {SCHEMA}: build it again"
        )
    if card.get("card_sha256") != card_hash(card) or set(card["files"]) - {CROSSFIT} != set(FILES):
        raise WorldError(f"{path} was altered after the world was built: build it again")
    return dict(card)


def card_hash(card: Mapping[str, Any]) -> str:
    """A hash of the card without its own hash."""
    said = {key: value for key, value in card.items() if key != "card_sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def sha256(path: Path) -> str:
    """A file's hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _crossfit(folder: Path, card: Card) -> CrossFitted | None:
    return CrossFitted.of(load_file(folder / CROSSFIT)) if CROSSFIT in card["files"] else None


def _write_parts(world: World, folder: Path) -> tuple[str, ...]:
    """Writes all files but the card, and returns their names."""
    rows = zip(world.catalogue.titles, world.catalogue.genres, strict=True)
    lines = [json.dumps({"title": t, "genres": g}, ensure_ascii=False) + "\n" for t, g in rows]
    (folder / "catalogue.jsonl").write_text("".join(lines), encoding="utf-8")
    for name in HALVES:
        save_file(_arrays(world, name), folder / f"{name}.safetensors")
    if world.crossfit is None:
        return FILES
    if not isinstance(world.crossfit, CrossFitted):
        raise WorldError(f"world {world.name!r} has no fitted expectations to save")
    save_file(world.crossfit.arrays(), folder / CROSSFIT)
    return (*FILES, CROSSFIT)


def _arrays(world: World, name: HalfName) -> dict[str, NDArray[Any]]:
    half = world.halves[name]
    if not isinstance(half.rewards, FactorRewards):
        raise WorldError(f"world {world.name!r} has no fitted rewards to save")
    arrays: dict[str, NDArray[Any]] = dict(half.rewards.arrays())
    if name == SHARED_VECTORS or half.vectors is not world.halves[SHARED_VECTORS].vectors:
        arrays["vectors"] = half.vectors
    if name == "train":
        ragged = Ragged.of(world.histories)
        arrays["history_values"], arrays["history_starts"] = ragged.values, ragged.starts
        if world.popularity is not None:
            arrays["popularity"] = world.popularity
    return {key: np.ascontiguousarray(array) for key, array in arrays.items()}
