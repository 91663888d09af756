"""The Critic's estimates of some states against returns played out from them (figure 4)."""

from collections.abc import Sequence
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.figure import NARROW, Figure
from experiments.report.markup import Html, joined
from experiments.report.palette import Look
from experiments.report.report_data import ReportData, Section, paragraph
from experiments.report.tables import ABSENT, decimal, html_table, integer, interval, signed
from experiments.statistics.figures import CriticFigures, EstimatorFigures, StudiedMoment

SIDE = 440  # of the square in which both axes have the same scale
ROOM = 0.06  # of the axes beyond what is drawn
SIDES = ("return", "estimate")


def critic_section(data: ReportData) -> Section | None:
    """Estimates against returns by state, and their bias."""
    study = data.run.summary.critic if data.run.summary else None
    if study is None or not study.states:
        return None
    intro = (
        f"For each of {len(study.states)} states the Critic of {study.variant} was asked again and "
        "again, and sessions were played on from it, their ratings added up with discount "
        f"{study.gamma:g}. A Critic that is right has its points on the diagonal; above it, it "
        "promises too much."
    )
    drawn = _scatter(study.states, data.looks.get(study.variant, Look(0, 0)))
    parts = [paragraph(intro), data.figure(drawn, "critic")]
    if study.estimators:
        parts += [paragraph(_reference(study)), _estimators(study.estimators)]
    parts.append(_states(study.states))
    return Section("critic", "The Critic against played-out returns", joined(parts))


def _reference(study: CriticFigures) -> str:
    said = (
        "Beside the mean of these returns stand the Critic's reply alone, the mean of the values "
        "that it recalled, V(s), which it works with, and one session's return alone; intervals "
        "are of 95 %, over states."
    )
    if (variance := study.reference_variance) is not None:
        said += (
            f" The mean returns have a sampling variance of {variance:.3f} themselves, which every "
            "mean squared error includes."
        )
    return said


def _estimators(estimators: Sequence[EstimatorFigures]) -> Html:
    cells: list[list[object]] = [
        [
            of.estimator,
            integer(of.states),
            ABSENT if of.bias is None else signed(of.bias),
            interval(of.bias_low, of.bias_high, 2),
            decimal(of.mse, 3),
            interval(of.mse_low, of.mse_high, 3),
        ]
        for of in estimators
    ]
    heads = ["Estimator", "States", "Bias", "95 % interval", "Mean squared error", "95 % interval"]
    return html_table("Ways to value a state, against played-out returns", heads, cells)


def _scatter(states: Sequence[StudiedMoment], look: Look) -> Figure:
    rows = [_point(at, state) for at, state in enumerate(states, start=1)]
    met = [row[f"{of}_{end}"] for row in rows for of in SIDES for end in ("low", "high")]
    room = ROOM * (max(met) - min(met)) or 1.0
    ends = (min(met) - room, max(met) + room)
    x = Axis("return", "return of sessions played on from the state", ends)
    y = Axis("estimate", "the Critic's estimate", ends)
    return Figure(
        "critic",
        "The Critic's estimate of each state against the return from there",
        "A point is a state, its cross one standard deviation of the draws either way.",
        [charts.against_diagonal(rows, look, x, y, Frame(SIDE, SIDE))],
        [charts.against_diagonal(rows, look, x, y, Frame(NARROW, NARROW))],
    )


def _point(at: int, state: StudiedMoment) -> dict[str, Any]:
    estimate, return_ = state.estimate_mean, state.return_mean
    across, along = state.return_sd or 0.0, state.estimate_sd or 0.0
    said = (
        f"state {at}, round {state.round}: estimate {estimate:.2f} (mean of "
        f"{len(state.estimates)}), return {return_:.2f} (mean of {len(state.returns)})"
    )
    return {
        "return": return_,
        "return_low": return_ - across,
        "return_high": return_ + across,
        "estimate": estimate,
        "estimate_low": estimate - along,
        "estimate_high": estimate + along,
        "tip": tip(said),
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
