"""What the sections of a page are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from experiments.report.call_totals import CallTotals
from experiments.report.csv_tables import Table
from experiments.report.figure import Figure, csv_link, figure_html
from experiments.report.markup import Html, tag
from experiments.report.palette import Look
from experiments.report.played_run import PlayedRun
from experiments.report.step_by_step import StepByStep
from experiments.report.tables import swatch
from experiments.runs.presets import Phase
from experiments.statistics.episodes import Episode

PHASES: Mapping[Phase, str] = {
    "train": "Training",
    "frozen": "Evaluation, learning nothing",
    "online": "Evaluation, learning on",
}


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
    tables: Mapping[str, Table]
    calls: list[CallTotals]
    episodes: list[Episode]
    unreadable: int
    step_by_step: StepByStep

    def figure(self, drawn: Figure, table: str) -> Html:
        """A figure with the link to its data."""
        return figure_html(drawn, csv_link(table))

    def named(self, variant: str) -> Html:
        """A variant's name beside its colour."""
        return swatch(variant, self.looks[variant].hue)


def paragraph(*parts: object, class_: str | None = None) -> Html:
    """A paragraph."""
    return tag("p", *parts, class_=class_)


def heading(text: str) -> Html:
    """A heading within a section."""
    return tag("h3", text)
