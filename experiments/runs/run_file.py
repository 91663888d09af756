"""What a run was asked for, with which models, prices and versions: the content of run.json."""

import platform
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from experiments.errors import RunError
from experiments.runs.files import read_json, write_json
from experiments.runs.money import PriceTable, sole_server
from experiments.runs.places import RUN
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from graph.load import spec_for
from models import exact_name
from simulator import QuitRule, World
from stores import DEFAULT_EMBEDDING

SCHEMA = 1
BEFORE_SETTINGS: Mapping[str, Any] = {  # what runs did before these were settings
    "choose": "title",
    "learning": "paper",
    "users": "any",
}
PACKAGES = (
    "billp",
    "langgraph",
    "langchain-core",
    "langchain-openai",
    "chromadb",
    "torch",
    "numpy",
)


@dataclass(frozen=True)
class WorldFacts:
    """What tells one world from another; a file may lack what only the report shows."""

    name: str
    digest: str
    users: int | None = None
    items: int | None = None
    rule: QuitRule | None = None


@dataclass(frozen=True, kw_only=True)
class RunFile:
    """The content of run.json; `models` has the exact name of each role's model by variant.

    Runs begun before `models` was recorded have none.
    """

    schema: int
    preset: str
    settings: RunSettings
    world: WorldFacts
    embedding: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, str]] | None = None
    prices: PriceTable

    def models_of(self, variant: Variant) -> Mapping[str, str]:
        """The exact name of the chat model of each role of a variant, with its server."""
        if self.models is not None:
            return self.models.get(variant.name, {})
        return {r: sole_server(model, self.prices) for r, model in variant.chat_models.items()}


class _Versioned(TypedDict):
    schema: Any
    settings: NotRequired[Any]


RUN_FILE = TypeAdapter(RunFile)
VERSIONED = TypeAdapter(_Versioned)


def run_file(settings: RunSettings, world: World, prices: PriceTable) -> RunFile:
    """What is written when a run begins."""
    return RunFile(
        schema=SCHEMA,
        preset=settings.preset,
        settings=settings,
        world=world_facts(world),
        embedding=DEFAULT_EMBEDDING,
        versions={"python": platform.python_version()}
        | {name: _version(name) for name in PACKAGES},
        models=_exact_models(settings),
        prices=prices,
    )


def write_run(folder: Path, run: RunFile) -> None:
    """Replaces run.json."""
    write_json(folder / RUN, asdict(run))


def read_run(folder: Path) -> RunFile:
    """The content of run.json; what is damaged or of another schema is refused.

    A setting that the file of an older run lacks has the value that the run was played with.
    """
    path, remedy = folder / RUN, "name a new folder with --out"
    try:
        content = read_json(path, VERSIONED, remedy)
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not a run's folder: it has no {RUN}") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror})") from error
    schema = content["schema"]
    if type(schema) is not int or schema != SCHEMA:
        raise RunError(
            f"{path} has schema {schema!r}, this version reads {SCHEMA}: "
            "name a new folder, or use the version of billp that wrote it"
        )
    run = read_json(path, RUN_FILE, remedy)
    missing = {k: v for k, v in BEFORE_SETTINGS.items() if k not in content.get("settings", ())}
    return replace(run, settings=replace(run.settings, **missing)) if missing else run


def world_facts(world: World) -> WorldFacts:
    """The facts of a world at hand."""
    digest = world.digest or _digest(world)
    return WorldFacts(world.name, digest, world.users, len(world.catalogue), world.rule)


def _digest(world: World) -> str:
    """A checksum for a world made by code, which has no files to compare."""
    crc = zlib.crc32("\n".join(world.catalogue.titles).encode())
    for half in world.halves.values():
        crc = zlib.crc32(half.vectors.tobytes(), crc)
        crc = zlib.crc32(half.rewards.rate(0).tobytes(), crc)
    return f"{crc:08x}"


def _exact_models(settings: RunSettings) -> dict[str, dict[str, str]]:
    """The chat model and server of each role, with what the environment adds to the settings."""
    return {
        variant.name: {
            role: exact_name(spec_for(role, settings.context(variant, settings.seeds[0], "frozen")))
            for role in variant.chat_models
        }
        for variant in settings.variants
        if variant.kind == "llm"
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
