"""What learning did: metrics by batch, what baselines learned from, and how memories grew."""

from experiments.report import charts
from experiments.report.charts import WHOLE, Axis, Frame, tip
from experiments.report.figure import PANEL, Figure, csv_link, line_key
from experiments.report.markup import Html, joined, tag
from experiments.report.metric_figures import LinePoint, metric_lines
from experiments.report.report_data import ReportData, Section, heading, paragraph
from experiments.report.tables import Words, decimal, html_table, integer, percent
from stores import MEMORIES

BATCHES = Axis("batch", "batch of training", format=WHOLE)


def learning_section(data: ReportData) -> Section | None:
    """The metrics by batch of training, of the variants that were trained in several batches."""
    trained = {name: found.learning for name, found in data.run.found.items() if found.learning}
    if not trained:
        return None
    curves = {name: points for name, points in trained.items() if len(points) > 1}
    points = [
        LinePoint(name, point.batch, point, f"{name}, batch {point.batch}: ")
        for name, batches in curves.items()
        for point in batches
    ]
    text = "Memories are committed after each batch; the next batch plays with them. "
    single = paragraph(text, _without_curve(data, [name for name in trained if name not in curves]))
    if not points:
        return Section("learning", "Learning", single)
    title = "Means of the training episodes of each batch"
    note = "Users differ from batch to batch."
    drawn = metric_lines("learning", title, note, points, BATCHES, data.looks, 230)
    return Section("learning", "Learning", joined([single, data.figure(drawn, "learning")]))


def _without_curve(data: ReportData, names: list[str]) -> str:
    """Why these variants have no curve."""
    if not names:
        return ""
    settings = data.run.file.settings
    return (
        f"No curve is drawn of {' and '.join(names)}: trained in a single batch "
        f"({settings.train_episodes:,} episodes, --batch {settings.batch:,}), they have one point. "
        "With a smaller --batch there are more."
    )


def baselines_section(data: ReportData) -> Section | None:
    """Learning curves, and the data behind them."""
    names = [name for name, found in data.run.found.items() if found.curves]
    if not names:
        return None
    text = paragraph(
        "Reinforcement learning methods learn from rounds played with training users (online) or "
        "from the training log (offline); the best weights on training users are evaluated. "
        "Chat-model arms learn from a hundred sessions or so: compare the data seen as well."
    )
    parts = [text, data.figure(_curves(data, names), "baselines"), _seen(data, names)]
    return Section("baselines", "What baselines learned from", joined(parts))


def _curves(data: ReportData, names: list[str]) -> Figure:
    """A panel for each baseline: they learn from very different amounts of data."""
    rows = [
        {"series": (name := row["variant"]), "data": row["data"], "mean": row["mean"]}
        | {"low": row["low"], "high": row["high"]}
        | {"tip": tip(f"{name}, {row['data']:,.0f} rounds: Len {row['mean']:.1f}")}
        for row in data.tables["baselines"]
    ]
    x = Axis("data", "rounds learned from", format="~s")
    y = Axis("mean", "", (0, max(row["high"] for row in rows) * 1.05))
    panels = []
    for name in names:
        own = [row for row in rows if row["series"] == name]
        panels.append(charts.lines(own, data.looks, x, y, Frame(PANEL, 170, name)))
    return Figure(
        "baselines",
        "Len of training users while learning",
        "Means over seeds; bands reach from the lowest to the highest seed. Len has the same axis "
        "in all panels, the data of each method one of its own.",
        panels,
    )


def _seen(data: ReportData, names: list[str]) -> Html:
    lines: list[list[object]] = []
    for name in names:
        curves = data.run.found[name].curves
        best = [max(length for _, length in curve.curve) for curve in curves]
        source = "played with users" if curves[0].online else "read in the log"
        cells: list[object] = [name, Words(source), integer(len(curves)), integer(curves[0].budget)]
        seen = sum(curve.data for curve in curves) / len(curves)
        lines.append([*cells, integer(seen), decimal(sum(best) / len(best))])
    heads = ("Baseline", "Rounds", "Seeds", "Budget", "Seen", "Best Len in training")
    return html_table("What each baseline learned from, means over seeds", heads, lines)


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
            {"series": (name := row["variant"]), "batch": row["batch"], "rows": row["rows"]}
            | {"tip": tip(f"{name}, batch {row['batch']}: {row['rows']:,.0f} rows")}
            for row in data.tables["memory"]
            if row["memory"] == kind and "batch" in row
        ]
        frame = Frame(PANEL, 200, kind.capitalize())
        panels.append(charts.lines(points, data.looks, BATCHES, Axis("rows", ""), frame))
    return Figure(
        "memory",
        "Rows in each memory after each batch",
        "Means over seeds.",
        panels,
        key=line_key(names, data.looks),
    )


def _uses(data: ReportData) -> list[list[object]]:
    asked = [row for row in data.tables["memory"] if "asked" in row]
    return [
        [
            *(data.named(row["variant"]), Words(row["phase"]), Words(row["memory"])),
            *(integer(row["asked"]), percent(row["hit"]), decimal(row["distance"], 3)),
        ]
        for row in asked
    ]


def _retrievals(uses: list[list[object]]) -> Html:
    heads = ["Variant", "Phase", "Memory", "Asked", "Found something", "Nearest, mean distance"]
    link = tag("p", csv_link("memory"), class_="data")
    found = html_table("How often asking found something", heads, uses)
    return joined([heading("Retrieval"), found, link])
