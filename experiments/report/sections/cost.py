"""What the run cost and how long chat models took."""

from collections.abc import Mapping, Sequence

from experiments.report.call_totals import CallTotals
from experiments.report.charts import Axis
from experiments.report.figure import Figure, csv_link
from experiments.report.markup import Html, joined, tag
from experiments.report.metric_figures import bar_figure
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    chat_model_names,
    heading,
    paragraph,
)
from experiments.report.tables import ABSENT, Words, decimal, html_table, integer, money, percent
from experiments.runs.money import PriceTable, total
from experiments.runs.presets import Phase
from experiments.statistics.figures import PhaseFigures
from models import ROLES


def cost_section(data: ReportData) -> Section | None:
    """Money and waiting by role, then what each variant's episodes used."""
    parts = [_paid(data), _used(data)]
    if not any(parts):
        return None
    intro = paragraph(
        "Tokens are those that the server told, else one for every four characters. Money is "
        "tokens times the prices in run.json; where a price is not known, neither is the money. ",
        _served(data),
    )
    return Section("cost", "Cost and latency", joined([intro, *parts]))


def _cached(data: ReportData) -> bool:
    """Whether a cache gave replies: episodes then hold more calls than were paid for."""
    played = (figures for phase in data.run.phases for figures in data.run.figures(phase).values())
    used = sum(use.calls for figures in played for use in (figures.usage or {}).values())
    return used > sum(call.calls for call in data.calls)


def _served(data: ReportData) -> str:
    """What was paid where a cache gave replies, since tokens of these are counted too."""
    if not _cached(data):
        return ""
    calls = sum(call.calls for call in data.calls)
    paid = _amount(data.calls, data.run.file.prices)
    return (
        "A cache gave some of the replies, and nothing was paid for these: what episodes used is "
        f"told at list price. Paid in this folder: {paid} for {calls:,} calls."
    )


def _paid(data: ReportData) -> Html:
    if not data.calls:
        return Html("")
    prices = data.run.file.prices
    rows = [_call_row(call, call.money(prices)) for call in data.calls]
    heads = ["Role", "Chat model", "Calls", "Input tokens", "of these cached", "Output tokens"]
    heads += ["Calls estimated", "Median seconds", "95th percentile", "Money"]
    return joined(
        [
            heading("By role: every call that was made"),
            html_table("Calls, tokens, money and seconds by role", heads, rows),
            paragraph(_total(data.calls, prices)),
            tag("p", csv_link("cost"), class_="data"),
        ]
    )


def _call_row(call: CallTotals, paid: float | None) -> list[object]:
    shared = percent(call.cached / call.input) if call.input else ABSENT
    row: list[object] = [call.role or "(none)", Words(call.model), integer(call.calls)]
    row += [integer(call.input), shared, integer(call.output)]
    row += [percent(call.estimated / call.calls)]
    return [*row, decimal(call.quantile(0.5), 3), decimal(call.quantile(0.95), 3), money(paid)]


def _total(calls: Sequence[CallTotals], prices: PriceTable) -> str:
    amounts = [call.money(prices) for call in calls]
    if total(amounts) is not None:
        return f"In all {_amount(calls, prices)}."
    if not any(amounts):
        return "In all: unknown, since prices are."
    return f"In all {_amount(calls, prices)}; some prices are unknown, and with them the rest."


def _amount(calls: Sequence[CallTotals], prices: PriceTable) -> str:
    """The money of all calls, or at least of those whose price is known."""
    amounts = [call.money(prices) for call in calls]
    if (whole := total(amounts)) is not None:
        return money(whole)
    known = sum(amount for amount in amounts if amount is not None)
    return f"at least {money(known)}" if known else money(None)


def _used(data: ReportData) -> Html:
    run = data.run
    parts: list[Html] = []
    for phase in run.phases:
        speaking = {name: figures for name, figures in run.figures(phase).items() if figures.usage}
        if not speaking:
            continue
        rows = [_usage_row(data, name, figures) for name, figures in speaking.items()]
        heads = ["Variant", "Chat model", "Episodes", "Calls", "Input tokens", "of these cached"]
        heads += ["Output tokens", "Money at list price" if _cached(data) else "Money"]
        if phase in run.evaluated:
            parts.append(data.figure(_tokens(phase, speaking), "cost"))
        parts.append(html_table(f"{PHASE_HEADINGS[phase]}: used by episodes", heads, rows))
    return joined([heading("By variant: what episodes used"), *parts]) if parts else Html("")


def _usage_row(data: ReportData, name: str, figures: PhaseFigures) -> list[object]:
    used = list((figures.usage or {}).values())
    input_, cached = sum(use.input for use in used), sum(use.cached for use in used)
    models = chat_model_names(data.run.variants[name])
    return [
        data.named(name),
        Words(", ".join(models)) if models else ABSENT,
        integer(figures.episodes),
        integer(sum(use.calls for use in used)),
        integer(input_),
        percent(cached / input_) if input_ else ABSENT,
        integer(sum(use.output for use in used)),
        money(figures.money),
    ]


def _tokens(phase: Phase, speaking: Mapping[str, PhaseFigures]) -> Figure:
    used = {name: figures.usage or {} for name, figures in speaking.items()}
    roles = [role for role in ROLES if any(role in of for of in used.values())]
    tokens = {
        name: {
            str(role): (use.input + use.output if (use := used[name].get(role)) else 0)
            / max(1, figures.episodes + figures.errors)
            for role in roles
        }
        for name, figures in speaking.items()
    }
    return bar_figure(
        f"tokens-{phase}",
        f"{PHASE_HEADINGS[phase]}: tokens an episode",
        "Input and output together, by role.",
        tokens,
        Axis("tokens", "tokens an episode", format="~s"),
        "{:,.0f} tokens an episode".format,
    )
