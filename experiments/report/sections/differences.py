"""Differences between variants on the same sessions."""

from dataclasses import replace
from typing import Any

from experiments.report.charts import Rows, tip
from experiments.report.figure import Figure, with_interval
from experiments.report.markup import Html
from experiments.report.metric_figures import metric_dots
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    heading,
    paragraph,
    section_by_phase,
)
from experiments.report.tables import (
    folded,
    html_table,
    integer,
    interval,
    mean_and_interval,
    metric,
    signed,
)
from experiments.runs.presets import Phase
from experiments.statistics.figures import PairedDifference
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName

MOST_PAIRS, MOST_DRAWN = 18, 60  # the table has all


def paired_section(data: ReportData) -> Section | None:
    """A forest plot and a table for each phase to judge by."""
    intro = paragraph(
        "Sessions differ far more than variants do, so variants are compared on the same seed, "
        "user and number: a minus b. A hollow dot marks an interval that includes zero. The "
        "intervals are 95 % each, not corrected for the number of comparisons."
    )
    return section_by_phase(data, Section("paired", "Paired differences", intro), _pairs)


def _pairs(data: ReportData, phase: Phase) -> list[Html]:
    paired = data.run.summary.paired if data.run.summary else ()
    pairs = [pair for pair in paired if pair.phase == phase]
    if not pairs:
        return []
    lines: list[list[object]] = [
        [_label(pair), integer(pair.pairs)]
        + [mean_and_interval(one, difference=True) for one in pair.by_name().values()]
        for pair in pairs
    ]
    caption = f"{PHASE_HEADINGS[phase]}: mean differences"
    shown = html_table(caption, ["Pair", "Pairs", *map(metric, METRICS)], lines)
    return [
        heading(PHASE_HEADINGS[phase]),
        data.figure(_forest(data, phase, pairs), "paired"),
        shown if len(pairs) <= MOST_PAIRS else folded(f"All {len(pairs)} differences", shown),
    ]


def _label(pair: PairedDifference) -> str:
    return f"{pair.a} \u2212 {pair.b}"


def _forest(data: ReportData, phase: Phase, pairs: list[PairedDifference]) -> Figure:
    drawn, note = _drawn_pairs(data, pairs)

    def points(name: MetricName) -> Rows:
        return [_difference(pair, name) for pair in drawn if pair.by_name()[name].mean is not None]

    title, summary = "Differences with 95 % intervals", "Colours are those of the first of a pair."
    names, name = list(map(_label, drawn)), f"paired-{phase}"
    return metric_dots(name, title, summary + note, names, points, "difference", data.looks)


def _drawn_pairs(
    data: ReportData, pairs: list[PairedDifference]
) -> tuple[list[PairedDifference], str]:
    """All pairs while they fit, else those of one method and the others under one rule."""
    if len(pairs) <= MOST_PAIRS:
        return pairs, ""
    variants = data.run.variants
    methods = {name: variant.method for name, variant in variants.items()}
    centre = "billp" if "billp" in methods.values() else methods[pairs[0].a]
    turned = [pair if methods[pair.a] == centre else _turned(pair) for pair in pairs]
    alike = [
        pair
        for pair in turned
        if methods[pair.a] == centre and variants[pair.a].changes == variants[pair.b].changes
    ]
    drawn = (alike or turned)[:MOST_DRAWN]
    return drawn, f" Only pairs with {centre} are drawn; the table has all {len(pairs)}."


def _turned(pair: PairedDifference) -> PairedDifference:
    """b less a."""
    length, each, whole = map(_negated, pair.by_name().values())
    return replace(pair, a=pair.b, b=pair.a, len=length, r_each=each, r_traj=whole)


def _negated(of: Estimate) -> Estimate:
    mean, high, low = (None if end is None else -end for end in (of.mean, of.low, of.high))
    return Estimate(mean, low, high)


def _difference(pair: PairedDifference, name: MetricName) -> dict[str, Any]:
    found = pair.by_name()[name]
    mean, low, high = found.mean or 0.0, found.low, found.high
    ends = interval(low, high)
    return {
        "series": _label(pair),
        "look": pair.a,
        "difference": mean,
        **with_interval(found),
        "open": low is None or high is None or low <= 0 <= high,
        "tip": tip(f"{_label(pair)}: {METRICS[name]} {signed(mean)} ({ends})"),
    }
