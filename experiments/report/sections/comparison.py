"""The comparison: every variant's figures, the paper's beside them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from experiments.report.charts import Rows, tip
from experiments.report.csv_tables import windows
from experiments.report.figure import Figure, with_interval
from experiments.report.markup import Html, joined, tag
from experiments.report.metric_figures import metric_dots
from experiments.report.palette import GROUPS, in_groups
from experiments.report.paper_tables import PaperLine
from experiments.report.report_data import (
    PHASE_HEADINGS,
    PlayedRun,
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
    grouped_table,
    html_table,
    integer,
    interval,
    mean_and_interval,
    metric,
)
from experiments.runs.presets import Phase
from experiments.statistics.ablations import unchanged_notes
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
        " the sum of the ratings of a session, the last item included. Beside each mean stands "
        "its 95 % interval (BCa bootstrap, clustered by user); the best mean of the methods is "
        "bold. Episodes that failed are counted, and enter no other figure.",
    ]


def _paper_lines(data: ReportData, phase: Phase) -> dict[str, PaperLine | None]:
    names = data.in_groups(data.run.figures(phase))
    return {name: data.run.paper_line(name, phase) for name in names}


def _phase(data: ReportData, phase: Phase) -> Html:
    lines = _paper_lines(data, phase)
    title = PHASE_HEADINGS[phase]
    notes = unchanged_notes(data.run.summary, phase) if data.run.summary else []
    return joined(
        [
            heading(title),
            data.figure(_picture(data, phase, lines), "comparison"),
            _table(data, phase, lines),
            *(paragraph(note, class_="callout") for note in notes),
            _failures(data, phase),
            _without_last(data, phase),
            _between_seeds(data, phase),
        ]
    )


def _table(data: ReportData, phase: Phase, lines: dict[str, PaperLine | None]) -> Html:
    """One line per method; the paper's columns stand at the end."""
    played, paper = data.run.figures(phase), any(lines.values())
    heads: list[object] = ["Method", "Episodes", *map(metric, METRICS)]
    if paper:
        heads += [tag("span", "paper: ", metric(name)) for name in METRICS]
    best = {one: first for one, (first, _) in best_and_next(data.run, phase).items()}
    models = {name: ", ".join(chat_model_names(data.run.variants[name])) for name in played}
    groups: dict[str, list[list[object]]] = {}
    for label, names in in_groups(data.run.variants, played).items():
        shared = {models[name] for name in names} if label == GROUPS["llm"] else set()
        one_model = f"{label}: {', '.join(shared)}" if len(shared) == 1 else label
        groups[one_model] = [
            _row(data, name, played[name], best, models[name] if len(shared) > 1 else "")
            + ([_printed(lines[name], one) for one in METRICS] if paper else [])
            for name in names
        ]
    return grouped_table(f"{PHASE_HEADINGS[phase]}: means over episodes", heads, groups)


def _row(
    data: ReportData,
    name: str,
    figures: PhaseFigures,
    best: Mapping[MetricName, set[str]],
    model: str,
) -> list[object]:
    """A variant's own cells, with its chat model where others of its group have another."""
    named = joined([data.named(name), *([" ", tag("small", model)] if model else [])])
    estimates = figures.by_name().items()
    cells = (mean_and_interval(found, best=name in best[one]) for one, found in estimates)
    return [named, _played(figures), *cells]


def best_and_next(run: PlayedRun, phase: Phase) -> dict[MetricName, tuple[set[str], set[str]]]:
    """Who has the best mean, and who the next; reference policies take no part beside methods."""
    played = {} if windows(run) else run.figures(phase)  # users of other rules are no contest
    methods = [name for name in played if run.variants[name].kind != "policy"] or list(played)
    means = {name: played[name].by_name() for name in methods}
    found: dict[MetricName, tuple[set[str], set[str]]] = {}
    for one in METRICS:
        known = {name: mean for name in methods if (mean := means[name][one].mean) is not None}
        ranks = sorted(set(known.values()), reverse=True) if len(known) > 1 else []
        holders = [{name for name in known if known[name] == mean} for mean in ranks]
        best, second, *_ = [*holders, set[str](), set[str]()]
        found[one] = best, second
    return found


def _printed(line: PaperLine | None, name: MetricName) -> object:
    if line is None:
        return ABSENT
    mean, spread = line.metrics[name]
    _, _, model = line.label.partition(", ")
    other = tag("small", f" {model}") if model and name == "len" else ""
    return joined([decimal(mean), " ", tag("small", "± ", decimal(spread)), other])


def _played(figures: PhaseFigures) -> Html:
    """The episodes that count, their users, and the failures."""
    more = [f"{integer(figures.users)} {'user' if figures.users == 1 else 'users'}"]
    more += [f"{integer(figures.errors)} failed"] if figures.errors else []
    return joined([integer(figures.episodes), " ", tag("small", ", ".join(more))])


def _between_seeds(data: ReportData, phase: Phase) -> Html:
    """The standard deviations of the means of single seeds."""
    spreads = {
        name: figures.seed_spread
        for name, figures in data.run.figures(phase).items()
        if figures.seed_spread
    }
    if not spreads:
        return Html("")
    rows: list[list[object]] = [
        [data.named(name), *(decimal(getattr(spread, one)) for one in METRICS)]
        for name, spread in spreads.items()
    ]
    caption = f"{PHASE_HEADINGS[phase]}: standard deviation of the means of the seeds"
    return folded(caption, html_table(caption, ["Method", *map(metric, METRICS)], rows))


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
    return folded(caption, html_table(caption, ["Method", *map(metric, METRICS)], rows))


def _picture(data: ReportData, phase: Phase, lines: dict[str, PaperLine | None]) -> Figure:
    def points(name: MetricName) -> Rows:
        return [
            _point(variant, figures, name, lines[variant])
            for variant in lines
            if (figures := data.run.figures(phase)[variant])
            and figures.by_name()[name].mean is not None
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
