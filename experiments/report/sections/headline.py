"""The sentence at the top of the page: what the preset's table or figure comes to."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.report.csv_tables import windows
from experiments.report.markup import Html, joined, tag
from experiments.report.palette import BILLP
from experiments.report.report_data import PHASE_HEADINGS, ReportData, paragraph
from experiments.report.sections.window import series_by_variant
from experiments.report.tables import interval, metric, percent, signed
from experiments.runs.presets import Phase

LEAST_FOR_CORRELATION = 3
NOTHING = Html("")


def headline(data: ReportData) -> Html:
    """That of the figure which the run is for, else who did best; empty before there are any."""
    of_figure = FIGURES.get(data.run.file.preset, _best)
    return of_figure(data) or _best(data)


def _popularity(data: ReportData) -> Html:
    """Figure 3: the share of the most popular fifth in what each method recommends."""
    if not data.run.evaluated:
        return NOTHING
    phase = data.run.evaluated[0]
    shares = {n: of.groups[0] for n, of in data.run.figures(phase).items() if of.groups}
    if not shares:
        return NOTHING
    said = [joined([_name(data, name), " ", percent(share)]) for name, share in shares.items()]
    start = f"{PHASE_HEADINGS[phase]}: the most popular fifth of the items makes up "
    return paragraph(start, _listed(said), " of what is recommended.", class_="lead")


def _critic(data: ReportData) -> Html:
    """Figure 4: how far the Critic's estimates are from the returns, and if they rank alike."""
    study = data.run.summary.critic if data.run.summary else None
    if study is None or not study.states:
        return NOTHING
    estimates = [state.estimate_mean for state in study.states]
    returns = [state.return_mean for state in study.states]
    bias = float(np.mean(estimates) - np.mean(returns))
    parts = [
        f"Over {len(study.states)} states the Critic of ",
        tag("strong", study.variant),
        f" estimates {np.mean(estimates):.2f} on average, where sessions gave "
        f"{np.mean(returns):.2f}: a bias of {signed(bias)}.",
    ]
    if len(returns) >= LEAST_FOR_CORRELATION and np.std(estimates) > 0 and np.std(returns) > 0:
        correlation = float(np.corrcoef(estimates, returns)[0, 1])
        parts.append(f" Estimates and returns correlate by {signed(correlation)}.")
    return paragraph(*parts, class_="lead")


def _windows(data: ReportData) -> Html:
    """Figure 5: how much shorter sessions are where users remember more."""
    by_variant = windows(data.run)
    if not by_variant or not data.run.evaluated:
        return NOTHING
    played = data.run.figures(data.run.evaluated[0])
    first, last = min(by_variant.values()), max(by_variant.values())
    lengths: dict[str, dict[int, float]] = {}
    leader: dict[str, bool] = {}
    names = [name for name in played if name in by_variant]
    for name, series in series_by_variant(data, names).items():
        leader[series] = data.looks[name].hue == BILLP
        if (mean := played[name].len.mean) is not None:
            lengths.setdefault(series, {})[by_variant[name]] = mean
    said = [
        joined([tag("strong", one) if leader[one] else one, f" {of[first]:.1f} and {of[last]:.1f}"])
        for one, of in lengths.items()
        if first in of and last in of
    ]
    if not said:
        return NOTHING
    start = f"Sessions where users remember the last {first} items, and the last {last}: "
    return paragraph(start, _listed(said), " rounds.", class_="lead")


FIGURES: Mapping[str, Callable[[ReportData], Html]] = {
    "figure3": _popularity,
    "figure4": _critic,
    "figure5": _windows,
}


def _name(data: ReportData, variant: str) -> object:
    return tag("strong", variant) if data.looks[variant].hue == BILLP else variant


def _listed(parts: Sequence[Html]) -> Html:
    return joined([joined(parts[:-1], ", "), " and " if parts[1:] else "", parts[-1]])


def _best(data: ReportData) -> Html:
    """Who did best, and whether that is more than chance; empty before there are figures."""
    run = data.run
    if not run.evaluated or windows(run):  # users of different rules are no contest
        return NOTHING
    phase = max(run.evaluated, key=lambda phase: len(run.figures(phase)))
    played = run.figures(phase)
    means = [(one.r_traj.mean, name) for name, one in played.items() if one.r_traj.mean is not None]
    methods = [found for found in means if run.variants[found[1]].kind != "policy"]
    apart = 1 < len(methods) < len(means)
    ranked = sorted(methods if apart else means, reverse=True)
    if len(ranked) < 2:
        return NOTHING
    (mean, best), (_, second) = ranked[:2]
    equal = [name for other, name in ranked if other == mean]
    if len(equal) > 1:
        return _tie(phase, equal, mean)
    ends = interval(played[best].r_traj.low, played[best].r_traj.high, 1)
    return paragraph(
        f"{PHASE_HEADINGS[phase]}: ",
        f"{'reference policies apart, ' if apart else ''}the highest mean ",
        metric("r_traj"),
        " is that of ",
        tag("strong", best),
        f", {mean:.1f}",
        f" ({ends})" if ends else "",
        f", over {played[best].len.mean:.1f} rounds a session. ",
        _lead(data, phase, best, second),
        class_="lead",
    )


def _tie(phase: Phase, names: Sequence[str], mean: float) -> Html:
    best = tag("strong", " and ".join(sorted(names)))
    found = (f"{PHASE_HEADINGS[phase]}: ", best, " have the same highest mean ", metric("r_traj"))
    return paragraph(*found, f", {mean:.1f}.", class_="lead")


def _lead(data: ReportData, phase: Phase, best: str, second: str) -> str:
    """The paired difference to the next, where there is one."""
    for pair in data.run.summary.paired if data.run.summary else ():
        found = pair.r_traj
        if pair.phase == phase and {pair.a, pair.b} == {best, second} and found.mean is not None:
            sign = 1 if pair.a == best else -1
            lead = signed(sign * found.mean, 1)
            text = f"On the same sessions that is {lead} against {second}, the next"
            if found.low is None or found.high is None:
                return text + "."
            low, high = sorted((sign * found.low, sign * found.high))
            text += f" (95 % interval {signed(low, 1)} to {signed(high, 1)})"
            return text + (", which may be chance." if low <= 0 <= high else ".")
    return f"The next is {second}."
