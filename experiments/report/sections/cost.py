"""What the run cost and how long chat models took."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.chat_calls import Calls
from experiments.report.figure import Figure, part_key
from experiments.report.material import (
    NARROW,
    PHASES,
    WIDE,
    Material,
    Section,
    heading,
    paragraph,
)
from experiments.report.source import chat_models
from experiments.report.svg import STEP
from experiments.report.tables import ABSENT, Words, count, money, number, percent, table
from experiments.report.text import Html, joined, tag

ROLES = ("planner", "actor", "critic", "reflector")


def cost(material: Material) -> Section | None:
    """Money and waiting by role, then what each variant's episodes used."""
    parts = [_paid(material), _used(material)]
    if not any(parts):
        return None
    intro = paragraph(
        "Tokens are those that the server told, else one for every four characters. Money is "
        "tokens times the prices in run.json; where a price is not known, neither is the money. ",
        _served(material),
    )
    return Section("cost", "Cost and latency", joined([intro, *parts]))


def _cached(material: Material) -> bool:
    """Whether episodes hold more replies than were asked for: a cache gave the others."""
    phases = (material.run.played(phase).values() for phase in material.run.phases)
    spent = (use for played in phases for f in played for use in (f.get("usage") or {}).values())
    asked = sum(int(use.get("calls") or 0) for use in spent)
    return asked > sum(call.calls for call in material.calls)


def _served(material: Material) -> str:
    """What was paid where a cache gave replies, since tokens of these are counted too."""
    if not _cached(material):
        return ""
    calls = sum(call.calls for call in material.calls)
    paid = _amount(material.calls, material.run.run.get("prices") or {})
    return (
        "A cache gave some of the replies, and nothing was paid for these: what episodes used is "
        f"told at list price. Paid in this folder: {paid} for {calls:,} calls."
    )


def _paid(material: Material) -> Html:
    if not material.calls:
        return Html("")
    prices = material.run.run.get("prices") or {}
    rows = [_call_row(call, call.money(prices)) for call in material.calls]
    heads = ["Role", "Chat model", "Calls", "Input tokens", "of these cached", "Output tokens"]
    heads += ["Calls estimated", "Median seconds", "95th percentile", "Money"]
    link = tag("p", material.link("cost"), class_="data")
    return joined(
        [
            heading("By role: every call that was made"),
            table("Calls, tokens, money and seconds by role", heads, rows),
            paragraph(_total(material.calls, prices)),
            link,
        ]
    )


def _call_row(call: Calls, paid: float | None) -> list[object]:
    shared = percent(call.cached / call.input) if call.input else ABSENT
    row: list[object] = [call.role or "(none)", Words(call.model), count(call.calls)]
    row += [count(call.input), shared, count(call.output), percent(call.estimated / call.calls)]
    return [*row, number(call.quantile(0.5), 3), number(call.quantile(0.95), 3), money(paid)]


def _total(calls: Sequence[Calls], prices: Mapping[str, Any]) -> str:
    known = [amount for call in calls if (amount := call.money(prices)) is not None]
    if len(known) == len(calls):
        return f"In all {_amount(calls, prices)}."
    if not sum(known):
        return "In all: unknown, since prices are."
    return f"In all {_amount(calls, prices)}; some prices are unknown, and with them the rest."


def _amount(calls: Sequence[Calls], prices: Mapping[str, Any]) -> str:
    """The money of all calls, as far as their prices are known."""
    known = [amount for call in calls if (amount := call.money(prices)) is not None]
    if len(known) == len(calls):
        return money(sum(known))
    return f"at least {money(sum(known))}" if sum(known) else money(None)


def _used(material: Material) -> Html:
    run = material.run
    parts: list[Html] = []
    for phase in run.phases:
        spoken = {n: f for n, f in run.played(phase).items() if f.get("usage")}
        if not spoken:
            continue
        rows = [_usage_row(material, name, figures) for name, figures in spoken.items()]
        heads = ["Variant", "Chat model", "Episodes", "Calls", "Input tokens", "of these cached"]
        heads += ["Output tokens", "Money at list price" if _cached(material) else "Money"]
        if phase in run.evaluated:
            parts.append(material.figure(_tokens(phase, spoken), "cost"))
        parts.append(table(f"{PHASES[phase]}: used by episodes", heads, rows))
    return joined([heading("By variant: what episodes used"), *parts]) if parts else Html("")


def _usage_row(material: Material, name: str, figures: Mapping[str, Any]) -> list[object]:
    total = {
        key: sum(int(use.get(key) or 0) for use in figures["usage"].values())
        for key in ("calls", "input", "cached", "output")
    }
    shared = percent(total["cached"] / total["input"]) if total["input"] else ABSENT
    row: list[object] = [material.named(name), _model(material, name)]
    row += [count(figures.get("episodes")), count(total["calls"]), count(total["input"]), shared]
    return [*row, count(total["output"]), money(figures.get("money"))]


def _model(material: Material, name: str) -> object:
    models = chat_models(material.run.variants[name])
    return Words(", ".join(models)) if models else ABSENT


def _tokens(phase: str, spoken: Mapping[str, Mapping[str, Any]]) -> Figure:
    roles = [r for r in ROLES if any(r in figures["usage"] for figures in spoken.values())]
    rows = []
    for name, figures in spoken.items():
        for order, role in enumerate(roles):
            use = figures["usage"].get(role) or {}
            played = figures["episodes"] + figures["errors"]
            tokens = (use.get("input", 0) + use.get("output", 0)) / max(1, played)
            said = tip(f"{name}, {role}: {tokens:,.0f} tokens an episode")
            rows.append(
                {"series": name, "part": role, "order": order, "tokens": tokens, "tip": said}
            )
    colours = {role: STEP.format(at) for at, role in enumerate(roles)}
    x, high = Axis("tokens", "tokens an episode", format="~s"), 30 * len(spoken) + 56
    return Figure(
        f"tokens-{phase}",
        f"{PHASES[phase]}: tokens an episode",
        "Input and output together, by role.",
        [charts.bars(rows, colours, x, Frame(WIDE, high))],
        [charts.bars(rows, colours, x, Frame(NARROW, high))],
        part_key({role: f"fill-step-{at}" for at, role in enumerate(roles)}),
    )
