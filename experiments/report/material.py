"""What the sections of a page are made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from experiments.report.chat_calls import Calls
from experiments.report.data import Table
from experiments.report.episodes import Episodes
from experiments.report.figure import Figure, csv_link, figure
from experiments.report.palette import Look
from experiments.report.source import Source
from experiments.report.tables import swatch
from experiments.report.text import Html, tag
from experiments.report.trajectories import Trajectories

PHASES: Mapping[str, str] = {
    "train": "Training",
    "frozen": "Evaluation, learning nothing",
    "online": "Evaluation, learning on",
}
METRICS: Mapping[str, str] = {"len": "Len", "r_each": "R_each", "r_traj": "R_traj"}
WIDE, NARROW, PANEL = 860, 340, 290


class Section(NamedTuple):
    """A part of the page with a heading of its own."""

    id: str
    title: str
    body: Html


@dataclass(frozen=True)
class Material:
    """A run, read."""

    run: Source
    looks: Mapping[str, Look]
    tables: Mapping[str, Table]
    calls: list[Calls]
    episodes: Episodes
    trajectories: Trajectories

    def rows(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        """The rows of a table that hold what is wanted."""
        return [
            row
            for row in self.tables[table].rows
            if all(row.get(key) == value for key, value in wanted.items())
        ]

    def link(self, table: str) -> Html:
        """The link that saves a table."""
        return csv_link(table)

    def figure(self, drawn: Figure, table: str) -> Html:
        """A figure with the link to its data."""
        return figure(drawn, self.link(table))

    def named(self, variant: str) -> Html:
        """A variant's name beside its colour."""
        return swatch(variant, self.looks[variant].hue)


def variants_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The variants in the order in which rows name them."""
    return list(dict.fromkeys(str(row["variant"]) for row in rows))


def paragraph(*parts: object, class_: str | None = None) -> Html:
    """A paragraph."""
    return tag("p", *parts, class_=class_)


def heading(text: str) -> Html:
    """A heading within a section."""
    return tag("h3", text)


def metric(name: str) -> Html:
    """A metric as the paper writes it."""
    letter, _, index = METRICS[name].partition("_")
    return tag("span", letter, tag("sub", index) if index else "", class_="metric")
