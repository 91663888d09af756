"""The Critic's estimates of some states against returns played out from them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.report import charts
from experiments.report.charts import Axis, tip
from experiments.report.figure import Figure, line_key, wide_and_narrow
from experiments.report.markup import Html, joined
from experiments.report.palette import Look
from experiments.report.report_data import ReportData, Section, paragraph
from experiments.report.tables import decimal, html_table, integer, signed
from experiments.statistics.figures import StudiedMoment

RETURNS_LOOK = Look(6, 0)
ESTIMATES, RETURNS = "the Critic's estimates", "returns played out"


def critic_section(data: ReportData) -> Section | None:
    """The spread of estimates and returns by state, and their bias."""
    study = data.run.summary.critic if data.run.summary else None
    if study is None or not study.states:
        return None
    intro = (
        f"For each state the Critic of {study.variant} was asked again and again, and "
        f"sessions were played on from it, their ratings added up with discount {study.gamma}. A "
        "small bias with little spread is what a Critic is for."
    )
    drawn = _spreads(study.states, data.looks.get(study.variant, Look(0, 0)))
    parts = [paragraph(intro), data.figure(drawn, "critic"), _states(study.states)]
    return Section("critic", "The Critic against played-out returns", joined(parts))


def _spreads(states: Sequence[StudiedMoment], look: Look) -> Figure:
    rows = [
        _spread(at, name, draws)
        for at, state in enumerate(states, start=1)
        for name, draws in ((ESTIMATES, state.estimates), (RETURNS, state.returns))
        if draws
    ]
    looks = {ESTIMATES: look, RETURNS: RETURNS_LOOK}
    x, y = Axis("state", "state"), Axis("mean", "value")
    return wide_and_narrow(
        "critic",
        "Estimates and returns by state",
        "Thin: 5 % to 95 % of the draws; thick: the middle half; dot: the mean.",
        lambda frame: charts.spans(rows, looks, x, y, frame),
        (300, 280),
        line_key(list(looks), looks),
    )


def _spread(at: int, name: str, draws: Sequence[float]) -> dict[str, Any]:
    low, lower, upper, high = (float(q) for q in np.quantile(draws, (0.05, 0.25, 0.75, 0.95)))
    mean = float(np.mean(draws))
    return {
        "series": name,
        "state": str(at),
        "mean": mean,
        "low": low,
        "high": high,
        "lower": lower,
        "upper": upper,
        "tip": tip(f"state {at}, {name}: mean {mean:.2f} of {len(draws)}"),
    }


def _states(states: Sequence[StudiedMoment]) -> Html:
    cells: list[list[object]] = [
        [
            str(at),
            integer(state.user),
            integer(state.round),
            decimal(state.estimate_mean),
            decimal(_square(state.estimate_sd), 3),
            decimal(state.return_mean),
            decimal(_square(state.return_sd), 3),
            signed(state.bias),
        ]
        for at, state in enumerate(states, start=1)
    ]
    heads = ["State", "User", "Round", "Estimate, mean", "its variance"]
    heads += ["Return, mean", "its variance", "Bias"]
    return html_table("Bias and variance by state", heads, cells)


def _square(spread: float | None) -> float | None:
    return None if spread is None else spread**2
