"""What a report is made from: the run, also while it is still being played, and its episodes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from experiments.report.call_totals import CallTotals
from experiments.report.figure import Figure, csv_link, figure_html
from experiments.report.markup import Html, joined, tag
from experiments.report.palette import Look, in_groups
from experiments.report.paper_tables import PaperLine, published
from experiments.report.step_by_step import StepByStep
from experiments.report.tables import swatch
from experiments.runs.presets import PHASES, Phase
from experiments.runs.run_file import RunFile, read_run
from experiments.runs.variants import Variant
from experiments.statistics.episodes import Episode
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


PHASE_HEADINGS: Mapping[Phase, str] = {
    "train": "Training",
    "frozen": "Evaluation, learning nothing",
    "online": "Evaluation, learning on",
}

Draw = Callable[[Figure, Html], Html]  # a figure and the link to its data
Row = dict[str, Any]  # of a CSV file, by column; whatever is absent is an empty cell


class Section(NamedTuple):
    """A part of the page with a heading of its own."""

    id: str
    title: str
    body: Html


@dataclass(frozen=True)
class ReportData:
    """A run with its episodes and calls, and the tables beside the page."""

    run: PlayedRun
    looks: Mapping[str, Look]
    tables: Mapping[str, list[Row]]
    calls: list[CallTotals]
    episodes: list[Episode]
    unreadable: int
    step_by_step: StepByStep
    draw: Draw = figure_html

    def figure(self, drawn: Figure, table: str) -> Html:
        """A figure with the link to its data."""
        return self.draw(drawn, csv_link(table))

    def in_groups(self, names: Iterable[str]) -> list[str]:
        """Variants in the order of the groups of their methods."""
        return list(chain.from_iterable(in_groups(self.run.variants, names).values()))

    def named(self, variant: str) -> Html:
        """A variant's name beside its colour."""
        return swatch(variant, self.looks[variant].hue)


def section_by_phase(
    data: ReportData, section: Section, shown: Callable[[ReportData, Phase], Sequence[object]]
) -> Section | None:
    """A section with what each phase to judge by has to show; None where none has anything."""
    parts = [part for phase in data.run.evaluated for part in shown(data, phase)]
    return section._replace(body=joined([section.body, *parts])) if parts else None


def paragraph(*parts: object, class_: str | None = None) -> Html:
    """A paragraph."""
    return tag("p", *parts, class_=class_)


def heading(text: str) -> Html:
    """A heading within a section."""
    return tag("h3", text)
