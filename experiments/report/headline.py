"""The first sentence of the page."""

from collections.abc import Sequence

from experiments.report.csv_tables import windows
from experiments.report.markup import Html, tag
from experiments.report.report_data import PHASES, ReportData, paragraph
from experiments.report.tables import interval, metric, signed
from experiments.runs.presets import Phase


def headline(data: ReportData) -> Html:
    """Who did best, and whether that is more than chance; empty before there are figures."""
    run = data.run
    if not run.evaluated or windows(run):  # users of different rules are no contest
        return Html("")
    phase = max(run.evaluated, key=lambda phase: len(run.figures(phase)))
    played = run.figures(phase)
    means = [(one.r_traj.mean, name) for name, one in played.items() if one.r_traj.mean is not None]
    methods = [found for found in means if run.variants[found[1]].kind != "policy"]
    apart = 1 < len(methods) < len(means)
    ranked = sorted(methods if apart else means, reverse=True)
    if len(ranked) < 2:
        return Html("")
    (mean, best), (_, second) = ranked[:2]
    equal = [name for other, name in ranked if other == mean]
    if len(equal) > 1:
        return _tie(phase, equal, mean)
    ends = interval(played[best].r_traj.low, played[best].r_traj.high, 1)
    return paragraph(
        f"{PHASES[phase]}: {'reference policies apart, ' if apart else ''}the highest mean ",
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
    found = (f"{PHASES[phase]}: ", best, " have the same highest mean ", metric("r_traj"))
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
