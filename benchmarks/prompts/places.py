"""The two worlds of the evaluation: `demo`, and Steam built once from the publisher's raw files.

BILLP_STEAM names the folder with these files; the reference data beside the checkout is next.
"""

import hashlib
import os
from pathlib import Path
from typing import Literal, get_args

from home_folder import home
from simulator import WorldError, load_world
from simulator.building.make import make_world
from simulator.place import CARD

WorldName = Literal["demo", "steam"]
WORLDS: tuple[WorldName, ...] = get_args(WorldName)

VARIABLE = "BILLP_STEAM"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "steam"
RAW_FILES = ("steam_reviews.json.gz", "steam_games.json.gz")


def cache_folder() -> Path:
    """Where this benchmark keeps what it builds."""
    return home() / "benchmarks" / "prompts"


def place_of(name: WorldName) -> str:
    """What `Context(world=...)` finds this world by."""
    return name if name == "demo" else str(_steam())


def digest_of(place: str) -> str:
    """The hash that distinguishes builds of a world."""
    return load_world(place).digest or "code"


def _steam() -> Path:
    """The folder of the Steam world, which is built unless these raw files already were."""
    source = Path(os.environ.get(VARIABLE) or BESIDE)
    missing = next((name for name in RAW_FILES if not (source / name).is_file()), None)
    if missing:
        raise WorldError(
            f"there is no {missing} in {source}: {VARIABLE} names the folder with Steam's raw files"
        )
    hashes = [hashlib.sha256((source / name).read_bytes()).digest() for name in RAW_FILES]
    folder = cache_folder() / f"steam-{hashlib.sha256(b''.join(hashes)).hexdigest()[:12]}"
    if not (folder / CARD).is_file():
        make_world("steam", source, folder)
    return folder
