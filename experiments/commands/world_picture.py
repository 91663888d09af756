"""A picture of a world: ratings, rewards, distances, and where greed stops and planning pays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import durable
from experiments.errors import MissingExtraError


def draw_world(card: Mapping[str, Any], path: Path) -> None:
    """Writes the picture as PNG."""
    try:
        import altair as alt
        import vl_convert  # noqa: F401  # altair writes PNG with it
    except ImportError as error:
        raise MissingExtraError("pictures", "report") from error
    top = alt.hconcat(_ratings(alt, card), _rewards(alt, card), _distances(alt, card))
    whole = alt.vconcat(top, _frontier(alt, card)).properties(title=f"World {card['name']}")
    with durable.replacing(path) as partial:
        whole.save(str(partial), format="png", scale_factor=2)


def _ratings(alt: Any, card: Mapping[str, Any]) -> Any:
    rows = [
        {"rating": float(rating), "count": count}
        for rating, count in card["distributions"]["ratings"].items()
    ]
    bars = alt.Chart(alt.Data(values=rows), title="Ratings in the log").mark_bar()
    return bars.encode(x=alt.X("rating:O"), y=alt.Y("count:Q", title="ratings"))


def _rewards(alt: Any, card: Mapping[str, Any]) -> Any:
    distributions = card["distributions"]
    edges = distributions["reward_edges"]
    rows = [
        {"half": half, "reward": (low + high) / 2, "share": count / sum(counts)}
        for half, counts in distributions["rewards"].items()
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    lines = alt.Chart(alt.Data(values=rows), title="Rewards of all items").mark_line()
    return lines.encode(
        x=alt.X("reward:Q", scale=alt.Scale(domain=[1, 5])),
        y=alt.Y("share:Q", title="share of pairs"),
        color=alt.Color("half:N"),
    )


def _distances(alt: Any, card: Mapping[str, Any]) -> Any:
    rows = [
        {"quantile": float(quantile), "distance": distance}
        for quantile, distance in card["distributions"]["distance_quantiles"].items()
    ]
    line = alt.Chart(alt.Data(values=rows), title="Distances between items").mark_line()
    beta = alt.Chart(alt.Data(values=[{"beta": card["rule"]["beta"]}])).mark_rule(strokeDash=[4, 4])
    return line.encode(x="distance:Q", y="quantile:Q") + beta.encode(x="beta:Q")


def _frontier(alt: Any, card: Mapping[str, Any]) -> Any:
    frontier = card["frontier"]
    rows = [
        {"policy": policy, "quantile": quantile, "window": window, "rounds": rounds}
        for policy, table in frontier["lengths"].items()
        for quantile, row in zip(frontier["quantiles"], table, strict=True)
        for window, rounds in zip(frontier["windows"], row, strict=True)
    ]
    cells = alt.Chart(alt.Data(values=rows)).mark_rect()
    return cells.encode(
        x=alt.X("window:O", title="window W"),
        y=alt.Y("quantile:O", title="quantile of beta", sort="descending"),
        color=alt.Color("rounds:Q", scale=alt.Scale(domain=[0, 100])),
        column=alt.Column("policy:N", title="Rounds until users quit"),
    )
