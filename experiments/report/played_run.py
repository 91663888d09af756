"""A run as a report reads it, also while it is still being played."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from experiments.report.paper_tables import PaperLine, published
from experiments.runs.presets import PHASES, Phase
from experiments.runs.run_file import RunFile, read_run
from experiments.runs.variants import Variant
from experiments.statistics.figures import PhaseFigures, RunSummary, VariantSummary
from experiments.statistics.summary import SUMMARY, read_summary


@dataclass(frozen=True)
class PlayedRun:
    """The contents of run.json and, once it is written, summary.json."""

    path: Path
    file: RunFile
    summary: RunSummary | None

    @cached_property
    def variants(self) -> dict[str, Variant]:
        """The variants, in the order of the settings."""
        return {variant.name: variant for variant in self.file.settings.variants}

    @cached_property
    def found(self) -> dict[str, VariantSummary]:
        """What the summary holds of each variant."""
        return dict(self.summary.variants) if self.summary else {}

    @cached_property
    def phases(self) -> list[Phase]:
        """The phases that have figures."""
        return [phase for phase in PHASES if self.figures(phase)]

    @property
    def evaluated(self) -> list[Phase]:
        """The phases to judge by: those on the test half, or training where there is no other."""
        return [phase for phase in self.phases if phase != "train"] or self.phases[:1]

    def figures(self, phase: Phase) -> dict[str, PhaseFigures]:
        """The figures of every variant that played a phase."""
        return {name: one.phases[phase] for name, one in self.found.items() if phase in one.phases}

    def paper_line(self, name: str, phase: Phase) -> PaperLine | None:
        """What the paper printed for a variant; it evaluated on the test half alone."""
        world = self.file.world.name
        return published(world, self.variants[name]) if phase != "train" else None


def read_played_run(folder: Path) -> PlayedRun:
    """Reads what describes a run, but no episodes."""
    summary = read_summary(folder) if (folder / SUMMARY).is_file() else None
    return PlayedRun(folder, read_run(folder), summary)


def chat_model_names(variant: Variant) -> list[str]:
    """The chat model of a variant, or one with its role for each role where they differ."""
    by_role = variant.chat_models
    names = list(dict.fromkeys(by_role.values()))
    return names if len(names) < 2 else [f"{role}: {model}" for role, model in by_role.items()]
