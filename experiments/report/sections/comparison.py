"""The comparison: every variant's figures, the paper's beside them."""

from collections import Counter
from typing import Any

from experiments.report.charts import Rows, tip
from experiments.report.figure import Figure, metric_dots, with_interval
from experiments.report.markup import Html, joined, tag
from experiments.report.paper_tables import PaperLine
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    chat_model_names,
    heading,
    paragraph,
)
from experiments.report.tables import (
    ABSENT,
    decimal,
    folded,
    html_table,
    integer,
    interval,
    mean_and_interval,
    metric,
)
from experiments.runs.presets import Phase
from experiments.statistics.figures import PhaseFigures
from experiments.statistics.metrics import METRICS, MetricName

PAPER_NOTE = (
    "The paper's figures are those it printed for the method of the same name (its Tables 3, 5 "
    "and 6, made with gpt-3.5-turbo-16k unless the line says otherwise), with its own ±. Its "
    "worlds, user model, chat models and prompts were others: they stand here for orientation, "
    "and a difference from them measures nothing."
)


def comparison_section(data: ReportData) -> Section | None:
    """A chart and a table for each phase, those to judge by first."""
    run = data.run
    if not run.phases:
        return None
    order = [*run.evaluated, *(phase for phase in run.phases if phase not in run.evaluated)]
    paper = any(line for phase in order for line in _paper_lines(data, phase).values())
    parts = [
        paragraph(*_explained()),
        paragraph(PAPER_NOTE, class_="note") if paper else "",
        *(_phase(data, phase) for phase in order),
    ]
    return Section("comparison", "Comparison", joined(parts))


def _explained() -> list[object]:
    return [
        metric("len"),
        " is the number of rounds until a user leaves, ",
        metric("r_each"),
        " the mean true rating of a recommended item, ",
        metric("r_traj"),
        " the sum of the ratings of a session, the last item included. Below each mean stands "
        "its 95 % interval, clustered by user, then the standard deviation of the means of the "
        "seeds. Episodes that failed are counted, and enter no other figure.",
    ]


def _paper_lines(data: ReportData, phase: Phase) -> dict[str, PaperLine | None]:
    return {name: data.run.paper_line(name, phase) for name in data.run.figures(phase)}


def _phase(data: ReportData, phase: Phase) -> Html:
    lines = _paper_lines(data, phase)
    paper = any(lines.values())
    heads: list[object] = ["Variant", "Episodes"]
    for name in METRICS:
        heads += [metric(name), tag("span", metric(name), ", paper")] if paper else [metric(name)]
    body = [
        _row(data, name, figures, [lines[name]] if paper else [])
        for name, figures in data.run.figures(phase).items()
    ]
    return joined(
        [
            heading(PHASE_HEADINGS[phase]),
            data.figure(_picture(data, phase, lines), "comparison"),
            html_table(f"{PHASE_HEADINGS[phase]}: means over episodes", heads, body),
            _failures(data, phase),
            _without_last(data, phase),
        ]
    )


def _row(
    data: ReportData, name: str, figures: PhaseFigures, paper: list[PaperLine | None]
) -> list[object]:
    """A variant's row; `paper` is empty where there is no column for the paper."""
    models = chat_model_names(data.run.variants[name]) or ["no chat model"]
    named = joined([data.named(name), *(tag("small", model) for model in models)])
    cells: list[object] = [named, _played(figures)]
    deviations = vars(figures.seed_spread) if figures.seed_spread else {}
    for metric_name, estimate in figures.by_name().items():
        apart = deviations.get(metric_name)
        seeds = tag("small", "seeds ± ", decimal(apart)) if apart is not None else ""
        cells.append(joined([mean_and_interval(estimate), seeds]))
        cells += [_printed(line, metric_name) for line in paper]
    return cells


def _printed(line: PaperLine | None, name: MetricName) -> object:
    if line is None:
        return ABSENT
    mean, spread = line.metrics[name]
    label = tag("small", line.label) if name == "len" else ""
    return joined([decimal(mean), tag("small", "± ", decimal(spread)), label])


def _played(figures: PhaseFigures) -> Html:
    """The episodes that count, their users, and the failures."""
    lines = [integer(figures.episodes), tag("small", integer(figures.users), " users")]
    lines += [tag("small", integer(figures.errors), " failed")] if figures.errors else []
    return joined(lines)


def _failures(data: ReportData, phase: Phase) -> Html:
    """The types of the errors that episodes failed with."""
    kinds: Counter[str] = Counter()
    for figures in data.run.figures(phase).values():
        kinds.update(figures.error_types)
    if not kinds:
        return Html("")
    named = ", ".join(f"{kind} {times:,}" for kind, times in sorted(kinds.items()))
    return paragraph(f"Failed episodes by error: {named}.", class_="muted")


def _without_last(data: ReportData, phase: Phase) -> Html:
    rows: list[list[object]] = [
        [data.named(name), *map(mean_and_interval, figures.without_last.by_name().values())]
        for name, figures in data.run.figures(phase).items()
    ]
    caption = f"{PHASE_HEADINGS[phase]}: without the step that made the user leave"
    return folded(caption, html_table(caption, ["Variant", *map(metric, METRICS)], rows))


def _picture(data: ReportData, phase: Phase, lines: dict[str, PaperLine | None]) -> Figure:
    def points(name: MetricName) -> Rows:
        return [
            _point(variant, figures, name, lines[variant])
            for variant, figures in data.run.figures(phase).items()
            if figures.by_name()[name].mean is not None
        ]

    paper = " A diamond is what the paper printed." if any(lines.values()) else ""
    summary = f"Each metric on a scale of its own.{paper}"
    name, title = f"comparison-{phase}", "Means with 95 % intervals"
    return metric_dots(name, title, summary, list(lines), points, "mean", data.looks)


def _point(
    variant: str, figures: PhaseFigures, name: MetricName, line: PaperLine | None
) -> dict[str, Any]:
    estimate, printed = figures.by_name()[name], line.metrics[name].mean if line else None
    ends = interval(estimate.low, estimate.high)
    return {
        "series": variant,
        "look": variant,
        "mean": estimate.mean,
        **with_interval(estimate),
        "other": printed,
        "tip": tip(f"{variant}: {METRICS[name]} {estimate.mean:.2f} ({ends})"),
        "other_tip": tip(f"the paper, {line.label if line else None}: {printed}"),
    }
