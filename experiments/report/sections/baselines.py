"""What the baselines learned from, and how long training users stayed on the way."""

from experiments.report import charts
from experiments.report.csv_tables import lengths_while_learning
from experiments.report.encodings import Axis, tip
from experiments.report.figure import Figure, line_key, wide_and_narrow
from experiments.report.markup import Html, joined
from experiments.report.report_data import ReportData, Section, paragraph
from experiments.report.tables import Words, decimal, html_table, integer


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
    points = []
    for name in names:
        for seen, lengths in lengths_while_learning(data.run, name).items():
            mean = sum(lengths) / len(lengths)
            ends = {"mean": mean, "low": min(lengths), "high": max(lengths)}
            said = tip(f"{name}, {seen:,.0f} rounds: Len {mean:.1f}")
            points.append({"series": name, "data": seen, **ends, "tip": said})
    x, y = Axis("data", "rounds learned from", format="~s"), Axis("mean", "")
    return wide_and_narrow(
        "baselines",
        "Len of training users while learning",
        "Means over seeds; bands reach from the lowest to the highest seed.",
        lambda frame: charts.lines(points, data.looks, x, y, frame),
        (260, 240),
        line_key(names, data.looks),
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
