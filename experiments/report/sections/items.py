"""What was recommended: how popular, how it was named, how varied."""

from collections.abc import Mapping, Sequence
from typing import get_args

from experiments.report.charts import Axis
from experiments.report.figure import Figure, csv_link
from experiments.report.markup import Html, tag
from experiments.report.metric_figures import bar_figure
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    paragraph,
    section_by_phase,
)
from experiments.report.tables import (
    decimal,
    folded,
    html_table,
    integer,
    mean_and_interval,
    percent,
)
from experiments.runs.presets import Phase
from nodes.catalogue.grounding import Found

GROUPS = ("most popular fifth", "second", "third", "fourth", "least popular fifth")
FOUND: Sequence[Found] = get_args(Found)


def popularity_section(data: ReportData) -> Section | None:
    """What was recommended, by how popular it is."""
    intro = paragraph(
        "Items are split into five groups of equal size by popularity. A method that follows "
        "the crowd recommends from the first."
    )
    section = Section("popularity", "Popularity of what was recommended", intro)
    return section_by_phase(data, section, _groups)


def _groups(data: ReportData, phase: Phase) -> list[Html]:
    shares = {
        name: dict(zip(GROUPS, figures.groups, strict=True))
        for name, figures in data.run.figures(phase).items()
        if figures.groups
    }
    if not shares:
        return []
    drawn = _bars(f"groups-{phase}", phase, shares)
    cells: list[list[object]] = [
        [data.named(name), *map(percent, found.values())] for name, found in shares.items()
    ]
    caption = f"{PHASE_HEADINGS[phase]}: shares of recommendations"
    shown = html_table(caption, ["Variant", *GROUPS], cells)
    return [data.figure(drawn, "groups"), folded(caption, shown)]


def _bars(name: str, phase: Phase, shares: Mapping[str, Mapping[str, float]]) -> Figure:
    x, summary = Axis("share", "", (0, 1), "%"), "Shares of all recommendations."
    return bar_figure(name, PHASE_HEADINGS[phase], summary, shares, x, percent)


def grounding_section(data: ReportData) -> Section | None:
    """How replies became items, how varied these were, and repeats."""
    intro = paragraph(
        "A reply names an item; it is found by its exact title, by the title without case and "
        "punctuation, by nearly the same spelling, or as the nearest in meaning."
    )
    section = Section("grounding", "Grounding and variety", intro)
    return section_by_phase(data, section, _grounding)


def _grounding(data: ReportData, phase: Phase) -> list[Html]:
    played = data.run.figures(phase)
    shares = {name: figures.found for name, figures in played.items() if figures.found}
    cells: list[list[object]] = [
        [
            data.named(name),
            *(percent((figures.found or {}).get(kind)) for kind in FOUND),
            decimal(figures.repeats),
            mean_and_interval(figures.distinct_items.per_episode),
            integer(figures.distinct_items.overall),
        ]
        for name, figures in played.items()
    ]
    heads = ["Variant", *FOUND, "Repeats per session", "Different items per session", "in all"]
    caption = f"{PHASE_HEADINGS[phase]}: grounding, repeats and variety"
    drawn = _bars(f"grounding-{phase}", phase, shares) if shares else None
    return [
        data.figure(drawn, "grounding") if drawn else tag("p", csv_link("grounding")),
        html_table(caption, heads, cells),
    ]
