"""The panels of a world's picture as Vega-Lite, in the placeholder colours of the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.report.svg import INK, MUTED, PAPER, STEP
from simulator.folder import Card

Spec = dict[str, Any]

KEY_AT = 4.7  # the rating below whose place the key stands: many ratings are 5
HEADROOM = 1.2  # above the highest curve, for words
ROW_HEIGHT = 28
MAIN, TRAIN, TEST = STEP.format(1), STEP.format(2), STEP.format(0)
LEAVING = {
    "stayed to the cap": STEP.format(10),
    "similar": STEP.format(11),
    "disliked": STEP.format(12),
    "repeated": STEP.format(13),
}
OWN = LEAVING["disliked"]
SHADES = [STEP.format(step) for step in (4, 3, 2, 1, 0)]
DARK_FROM = 50  # rounds from which a cell is dark enough for light figures


def _panel(title: str, rows: Sequence[Mapping[str, Any]], *layers: Spec) -> Spec:
    return {"title": title, "data": {"values": list(rows)}, "layer": list(layers)}


def _axis(field: str, title: str, kind: str = "quantitative", **more: Any) -> Spec:
    return {"field": field, "type": kind, "title": title, **more}


def ratings(card: Card) -> Spec | None:
    """How often each rating was given; nothing for a world that is made by code."""
    counts = card["distributions"].get("ratings", {})
    if not counts:
        return None
    total = sum(counts.values())
    rows = [{"rating": float(value), "share": n / total} for value, n in counts.items()]
    x = _axis("rating", "rating", "ordinal", axis={"labelAngle": 0, "labelOverlap": True})
    y = _axis("share", "share of ratings", axis={"format": "%"})
    bar = {"mark": {"type": "bar", "color": MAIN}, "encoding": {"x": x, "y": y}}
    return _panel("Ratings in the log", rows, bar)


def rewards(card: Card) -> Spec:
    """The expected ratings of all pairs in each half, and where users leave."""
    edges = card["distributions"]["reward_edges"]
    rows = [
        {"half": half, "rating": (low + high) / 2, "share": count / sum(counts)}
        for half, counts in card["distributions"]["rewards"].items()
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    x = _axis("rating", "expected rating", scale={"domain": [1, 5]}, axis={"tickCount": 5})
    highest = HEADROOM * max(row["share"] for row in rows)
    y = _axis(
        "share",
        "share of all pairs",
        axis={"format": "%"},
        scale={"domain": [0, highest], "nice": 5},
    )
    colour = {"field": "half", "type": "nominal", "legend": None}
    colour["scale"] = {"domain": ["train", "test"], "range": [TRAIN, TEST]}  # type: ignore[assignment]
    line = {"type": "line", "strokeWidth": 2, "interpolate": "monotone"}
    curves = {"mark": line, "encoding": {"x": x, "y": y, "color": colour}}
    least = card["rule"]["min_reward"]
    return _panel(
        "What users would rate",
        rows,
        curves,
        *_marked(least, f"below {least:g} they leave", "rating"),
        *_key({"train": TRAIN, "test": TEST}),
    )


def distances(card: Card) -> Spec:
    """How many pairs of items are nearer than each distance, and beta."""
    rows = [
        {"share": float(quantile), "distance": distance}
        for quantile, distance in card["distributions"]["distance_quantiles"].items()
    ]
    x = _axis("distance", "distance", axis={"tickCount": 5})
    y = _axis("share", "share of pairs nearer", axis={"format": "%"})
    line = {"mark": {"type": "line", "strokeWidth": 2, "color": MAIN}}
    curve = {**line, "encoding": {"x": x, "y": y}}
    return _panel(
        "How far items are apart", rows, curve, *_marked(card["rule"]["beta"], "beta", "distance")
    )


def _marked(at: float, text: str, field: str) -> Iterator[Spec]:
    """A dashed line across a panel, and what it means."""
    data = {"values": [{field: at, "text": text}]}
    x = {"field": field, "type": "quantitative"}
    rule = {"type": "rule", "color": INK, "strokeDash": [4, 3]}
    yield {"data": data, "mark": rule, "encoding": {"x": x}}
    label = {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 11.5}
    place = {"x": x, "y": {"value": 8}, "text": {"field": "text"}}
    yield {"data": data, "mark": label, "encoding": place}


def _key(colours: Mapping[str, str]) -> Iterator[Spec]:
    """Names in their colours, at the top of a panel of ratings."""
    for row, (name, colour) in enumerate(colours.items()):
        x = {"datum": KEY_AT, "type": "quantitative"}
        place = {"x": x, "y": {"value": 8 + 16 * row}}
        mark = {"type": "text", "align": "right", "color": colour, "fontWeight": 600}
        yield {
            "data": {"values": [{}]},
            "mark": {**mark, "fontSize": 11.5},
            "encoding": {**place, "text": {"value": name}},
        }


def lengths(card: Card) -> Spec:
    """How long the sessions of each reference policy last."""
    rows = [
        {"policy": policy, "len": figures["len"], "said": f"{figures['len']:.1f}"}
        for policy, figures in card["reference"].items()
    ]
    bar = {"mark": {"type": "bar", "height": {"band": 0.62}, "color": MAIN}}
    said = {"mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 11.5}}
    x = _axis("len", "rounds, mean of the sessions", scale={"domain": [0, 110]})
    x["axis"] = {"values": [0, 25, 50, 75, 100]}
    place = {"x": x, "y": _policies(rows, named=True)}
    text = {**place, "text": {"field": "said"}}
    panel = _panel(
        "How long sessions last (Len)", rows, {**bar, "encoding": place}, {**said, "encoding": text}
    )
    return panel | {"height": ROW_HEIGHT * len(rows)}


def causes(card: Card) -> Spec:
    """Why the sessions of each reference policy end."""
    rows = [
        {"policy": policy, "cause": cause, "share": count / sum(figures["quits"].values())}
        | {"order": list(LEAVING).index(cause)}
        for policy, figures in card["reference"].items()
        for cause, count in figures["quits"].items()
    ]
    seen = [cause for cause in LEAVING if any(row["cause"] == cause for row in rows)]
    colours = {"domain": seen, "range": [LEAVING[cause] for cause in seen]}
    legend = {"title": None, "orient": "right", "symbolType": "square", "labelColor": MUTED}
    encoding = {
        "x": _axis("share", "share of the sessions", axis={"format": "%"}),
        "y": _policies(rows, named=False),
        "color": {"field": "cause", "type": "nominal", "scale": colours, "legend": legend},
        "order": {"field": "order"},
    }
    bar = {"type": "bar", "height": {"band": 0.62}, "stroke": PAPER}
    panel = _panel("How they end", rows, {"mark": bar, "encoding": encoding})
    return panel | {"height": ROW_HEIGHT * len(card["reference"])}


def _policies(rows: Sequence[Mapping[str, Any]], *, named: bool) -> Spec:
    order = list(dict.fromkeys(row["policy"] for row in rows))
    axis = {"labels": named, "labelColor": INK, "grid": False}
    return {"field": "policy", "type": "nominal", "sort": order, "title": None, "axis": axis}


def frontiers(card: Card) -> Iterator[Spec]:
    """For each policy its rounds under other betas and windows; the world's own is framed."""
    frontier, own = card["frontier"], card["calibration"]["quantile"]
    for column, (policy, table) in enumerate(frontier["lengths"].items()):
        rows = [
            {"quantile": f"{quantile:.0%}", "window": window, "rounds": rounds}
            | {"own": quantile == own and window == card["rule"]["window"]}
            for quantile, row in zip(frontier["quantiles"], table, strict=True)
            for window, rounds in zip(frontier["windows"], row, strict=True)
        ]
        flat = {"labelAngle": 0, "grid": False}
        y = {"sort": [f"{quantile:.0%}" for quantile in reversed(frontier["quantiles"])]}
        place = {
            "x": _axis("window", "window W", "ordinal", axis=flat),
            "y": _axis("quantile", "" if column else "pairs nearer than beta", "ordinal", **y),
        }
        place["y"]["axis"] = {**flat, "labels": not column}
        scale = {"domain": [0, 100], "range": SHADES}
        shade = {"field": "rounds", "type": "quantitative", "scale": scale, "legend": None}
        cell = {"mark": {"type": "rect", "stroke": PAPER, "strokeWidth": 2}}
        frame = {"mark": {"type": "rect", "fill": None, "stroke": OWN, "strokeWidth": 2.5}}
        frame["transform"] = [{"filter": "datum.own"}]  # type: ignore[assignment]
        light = {"test": f"datum.rounds >= {DARK_FROM}", "value": PAPER}
        figure = {
            "text": {"field": "rounds", "type": "quantitative", "format": ".0f"},
            "color": {"condition": light, "value": INK},
        }
        yield _panel(
            f"Rounds of {policy}",
            rows,
            {**cell, "encoding": {**place, "color": shade}},
            {**frame, "encoding": place},
            {"mark": {"type": "text", "fontSize": 11.5}, "encoding": {**place, **figure}},
        )
