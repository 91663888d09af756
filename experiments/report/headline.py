"""The first sentence of the page."""

from collections.abc import Iterator, Sequence

from experiments.report.material import PHASES, Material, metric, paragraph
from experiments.report.tables import interval, signed
from experiments.report.text import Html, tag


def headline(material: Material) -> Html:
    """Who did best, and whether that is more than chance; empty before there are figures."""
    run = material.run
    phase = max(run.evaluated, key=lambda phase: len(run.played(phase)), default="")
    means = list(_means(material, phase))
    methods = [found for found in means if run.variants[found[1]]["kind"] != "policy"]
    apart = 1 < len(methods) < len(means)
    ranked = sorted(methods if apart else means, reverse=True)
    if len(ranked) < 2 or material.rows("window"):  # users of another rule are no contest
        return Html("")
    (mean, best), (_, second) = ranked[:2]
    equal = [name for other, name in ranked if other == mean]
    if len(equal) > 1:
        return _tie(phase, equal, mean)
    figures = run.played(phase)[best]
    ends = interval(figures["r_traj"]["low"], figures["r_traj"]["high"], 1)
    found = [
        f"{PHASES[phase]}: {'reference policies apart, ' if apart else ''}the highest mean ",
        metric("r_traj"),
        " is that of ",
        tag("strong", best),
        f", {mean:.1f}",
        f" ({ends})" if ends else "",
        f", over {figures['len']['mean']:.1f} rounds a session. ",
    ]
    return paragraph(*found, _lead(material, phase, best, second), class_="lead")


def _tie(phase: str, names: Sequence[str], mean: float) -> Html:
    best = tag("strong", " and ".join(sorted(names)))
    found = (f"{PHASES[phase]}: ", best, " have the same highest mean ", metric("r_traj"))
    return paragraph(*found, f", {mean:.1f}.", class_="lead")


def _means(material: Material, phase: str) -> Iterator[tuple[float, str]]:
    for name, figures in material.run.played(phase).items():
        mean = (figures.get("r_traj") or {}).get("mean")
        if mean is not None:
            yield mean, name


def _lead(material: Material, phase: str, best: str, second: str) -> str:
    for row in material.rows("paired", phase=phase):
        if {row["a"], row["b"]} == {best, second} and row.get("r_traj_mean") is not None:
            sign = 1 if row["a"] == best else -1
            mean, ends = sign * row["r_traj_mean"], (row["r_traj_low"], row["r_traj_high"])
            text = f"On the same sessions that is {signed(mean, 1)} against {second}, the next"
            if None in ends:
                return text + "."
            low, high = sorted(sign * end for end in ends)
            text += f" (95 % interval {signed(low, 1)} to {signed(high, 1)})"
            return text + (", which may be chance." if low <= 0 <= high else ".")
    return f"The next is {second}."
