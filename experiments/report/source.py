"""The folder of a run as it is read for a report, also while the run is still under way."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.runs.chat_models import chat_models as by_role
from experiments.runs.presets import PHASES
from experiments.runs.run_folder import read_run
from graph.arms import ARMS
from nodes import Arm


@dataclass(frozen=True)
class Source:
    """What stands in `run.json` and `summary.json`; of a summary not yet written, nothing."""

    path: Path
    run: Mapping[str, Any]
    summary: Mapping[str, Any]

    @property
    def preset(self) -> str:
        """What the run was called."""
        return str(self.run.get("preset") or self.summary.get("preset") or self.path.name)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What was asked for."""
        return self.run.get("settings") or {}

    @property
    def world(self) -> Mapping[str, Any]:
        """The world that was played in."""
        return self.run.get("world") or self.summary.get("world") or {}

    @property
    def seeds(self) -> list[int]:
        """The seeds that were asked for, else those that were found."""
        return list(self.settings.get("seeds") or self.summary.get("seeds") or [])

    @cached_property
    def variants(self) -> dict[str, dict[str, Any]]:
        """What was compared, in the order of the settings; figures are there once played."""
        asked = self.settings.get("variants") or []
        named = {str(variant["name"]): dict(variant) for variant in asked}
        for name, figures in (self.summary.get("variants") or {}).items():
            named[name] = {**named.get(name, {}), **figures}
        return named

    @cached_property
    def phases(self) -> list[str]:
        """The phases of which there are figures."""
        return [p for p in PHASES if any(phase_of(v, p) for v in self.variants.values())]

    @property
    def evaluated(self) -> list[str]:
        """The phases to judge by: those on the test half, training only where there is no other."""
        return [phase for phase in self.phases if phase != "train"] or self.phases[:1]

    def played(self, phase: str) -> dict[str, dict[str, Any]]:
        """The figures of every variant that played a phase."""
        found = {name: phase_of(variant, phase) for name, variant in self.variants.items()}
        return {name: figures for name, figures in found.items() if figures}

    def cells(self) -> list[Path]:
        """The folders of variant and seed, in order."""
        return sorted(path for path in (self.path / "cells").glob("*") if path.is_dir())


@dataclass
class Lines:
    """The readable objects of a file of JSON lines, with where they stand; counts the others."""

    path: Path
    damaged: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        if not self.path.is_file():
            return
        offset = 0
        with self.path.open("rb") as lines:
            for line in lines:
                found = read_object(line)
                if found is not None:
                    yield offset, found
                elif line.endswith(b"\n"):  # else it is still being written
                    self.damaged += 1
                offset += len(line)


def read_object(line: bytes | str) -> dict[str, Any] | None:
    """The JSON object of a line, or None where it holds none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def open_source(folder: Path) -> Source:
    """Reads what describes a run; episodes are read one by one later."""
    path = folder / "summary.json"
    summary = read_object(path.read_bytes()) if path.is_file() else None
    return Source(folder, read_run(folder), summary or {})


def phase_of(variant: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """A variant's figures of a phase; empty where none was played."""
    return (variant.get("phases") or {}).get(phase) or {}


def learns(variant: Mapping[str, Any]) -> bool:
    """Whether a variant is trained before it is evaluated."""
    arm = _arm(variant)
    return arm is not None and (arm.reflects or arm.criticises)


def models_by_role(variant: Mapping[str, Any]) -> dict[str, str]:
    """The chat model of each role; of what is no LLM arm, none."""
    return {str(role): m for role, m in by_role(variant).items()} if _arm(variant) else {}


def chat_models(variant: Mapping[str, Any]) -> list[str]:
    """The chat models of a variant: one, or with the roles that they speak for."""
    spoken = models_by_role(variant)
    names = list(dict.fromkeys(spoken.values()))
    return names if len(names) < 2 else [f"{role}: {model}" for role, model in spoken.items()]


def _arm(variant: Mapping[str, Any]) -> Arm | None:
    return ARMS.get(variant["method"]) if variant.get("kind") == "llm" else None
