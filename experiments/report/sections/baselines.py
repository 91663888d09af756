"""What the baselines learned from, and how long training users stayed on the way."""

from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.figure import Figure, line_key
from experiments.report.material import NARROW, WIDE, Material, Section, paragraph, variants_of
from experiments.report.tables import Words, count, number, table
from experiments.report.text import joined


def baselines(material: Material) -> Section | None:
    """Learning curves, and the data behind them."""
    rows = material.rows("baselines")
    if not rows:
        return None
    text = paragraph(
        "Reinforcement learning methods learn from rounds played with training users (online) or "
        "from the training log (offline); the best weights on training users are evaluated. "
        "Chat-model arms learn from a hundred sessions or so: compare the data seen as well."
    )
    parts = [text, material.figure(_curves(material, rows), "baselines"), _seen(material)]
    return Section("baselines", "What baselines learned from", joined(parts))


def _curves(material: Material, rows: list[dict[str, Any]]) -> Figure:
    names = variants_of(rows)
    points = [
        {
            "series": row["variant"],
            **{key: row[key] for key in ("data", "mean", "low", "high")},
            "tip": tip(f"{row['variant']}, {row['data']:,.0f} rounds: Len {row['mean']:.1f}"),
        }
        for row in rows
    ]
    x, y = Axis("data", "rounds learned from", format="~s"), Axis("mean", "")
    return Figure(
        "baselines",
        "Len of training users while learning",
        "Means over seeds; bands reach from the lowest to the highest seed.",
        [charts.lines(points, material.looks, x, y, Frame(WIDE, 260))],
        [charts.lines(points, material.looks, x, y, Frame(NARROW, 240))],
        line_key(names, material.looks),
    )


def _seen(material: Material) -> object:
    lines = []
    for name, variant in material.run.variants.items():
        curves = variant.get("curves") or ()
        if curves:
            seen = [curve["data"] for curve in curves]
            best = [max(length for _, length in curve["curve"]) for curve in curves]
            lines.append(
                (
                    name,
                    Words("played with users" if curves[0]["online"] else "read in the log"),
                    count(len(curves)),
                    count(curves[0]["budget"]),
                    count(sum(seen) / len(seen)),
                    number(sum(best) / len(best)),
                )
            )
    heads = ("Baseline", "Rounds", "Seeds", "Budget", "Seen", "Best Len in training")
    return table("What each baseline learned from, means over seeds", heads, lines)
