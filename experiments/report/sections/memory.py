"""What learning left behind: how memories grew, and how often retrievals found something."""

from experiments.report import charts
from experiments.report.encodings import Axis, Frame, tip
from experiments.report.figure import PANEL, Figure, csv_link, line_key
from experiments.report.markup import Html, joined, tag
from experiments.report.metric_figures import batches
from experiments.report.report_data import ReportData, Section, heading
from experiments.report.tables import Words, decimal, html_table, integer, percent
from stores import MEMORIES


def memory_section(data: ReportData) -> Section | None:
    """How memories grew, and how retrievals from them went."""
    grown = [name for name, found in data.run.found.items() if found.growth]
    uses = _uses(data)
    if not grown and not uses:
        return None
    parts = [data.figure(_growth(data, grown), "memory")] if grown else []
    parts += [_retrievals(uses)] if uses else []
    return Section("memories", "Memories", joined(parts))


def _growth(data: ReportData, names: list[str]) -> Figure:
    panels = []
    for kind in MEMORIES:
        points = [
            {
                "series": name,
                "batch": point.batch,
                "rows": getattr(point, kind),
                "tip": tip(f"{name}, batch {point.batch}: {getattr(point, kind):,.0f} rows"),
            }
            for name in names
            for point in data.run.found[name].growth
        ]
        frame = Frame(PANEL, 200, kind.capitalize())
        panels.append(charts.lines(points, data.looks, batches(), Axis("rows", ""), frame))
    return Figure(
        "memory",
        "Rows in each memory after each batch",
        "Means over seeds.",
        panels,
        key=line_key(names, data.looks),
    )


def _uses(data: ReportData) -> list[list[object]]:
    return [
        [
            data.named(name),
            Words(phase),
            Words(memory),
            integer(use.asked),
            percent(use.hit),
            decimal(use.distance, 3),
        ]
        for phase in data.run.phases
        for name, figures in data.run.figures(phase).items()
        for memory, use in (figures.memory or {}).items()
    ]


def _retrievals(uses: list[list[object]]) -> Html:
    heads = ["Variant", "Phase", "Memory", "Asked", "Found something", "Nearest, mean distance"]
    link = tag("p", csv_link("memory"), class_="data")
    found = html_table("How often asking found something", heads, uses)
    return joined([heading("Retrieval"), found, link])
