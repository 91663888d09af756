"""The tables that the terminal shows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from experiments.runs.chat_models import chat_models
from experiments.runs.presets import Phase
from experiments.statistics.figures import PhaseFigures, RunSummary, VariantSummary
from experiments.statistics.intervals import UNDEFINED, Estimate
from experiments.statistics.metrics import METRICS, Summary
from models import Totals
from simulator import plain

if TYPE_CHECKING:
    from experiments.playing.estimate import VariantCost

OFFLINE_NOTE = (
    "'offline' is a rule-based stand-in for trying things out: its figures show that the "
    "machinery works, not what a language model would reach."
)
ESTIMATE_NOTE = (
    "Measured on a short training and a few sessions after it, played with the embedded model: "
    "another model keeps users for longer or shorter. 'At most' is for sessions that all last to "
    "the cap, with the longest prompts of users who never leave and a quarter more. Providers' "
    "caches make it cheaper; repairs, retries and replies longer than usual dearer."
)
PHASES_TOLD: Mapping[Phase, str] = {
    "train": "on the training half, while learning",
    "frozen": "on the test half, learning nothing",
    "online": "on the test half, learning on",
}
WIDEST = 1000


def results(title: str, summaries: Mapping[str, Summary], caption: str) -> RenderableType:
    """The comparison table."""
    table = _table(title, caption, "arm")
    table.columns[0].no_wrap = True
    table.add_column("why sessions ended")
    for arm, summary in summaries.items():
        ended = ", ".join(f"{cause} {count}" for cause, count in summary.quits.items())
        figures = (str(summary.len), str(summary.r_each), str(summary.r_traj))
        table.add_row(arm, *figures, ended)
    return table


def comparison(
    summary: RunSummary, phase: Phase, *, paper: bool = False, cached: bool = False
) -> RenderableType:
    """The variants' figures of a phase side by side, each with its chat model.

    Under the paper's rules users do not mind repeats; replies from a cache were not paid for.
    """
    variants = {n: v for n, v in summary.variants.items() if phase in v.phases}
    played = {name: variant.phases[phase] for name, variant in variants.items()}
    failed = any(figures.errors for figures in played.values())
    priced = any(figures.money for figures in played.values())
    seeds = ", ".join(str(seed) for seed in summary.seeds)
    rules = "the paper's rules, repeats allowed; " * paper
    caption = (
        f"At most {summary.rounds} rounds; {rules}seeds {seeds}; "
        "mean and 95 % interval, clustered by user."
    )
    price = "cost at list price" if cached else "cost"
    table = _table(_where(summary, phase), _noted(caption, variants), "arm", "chat model")
    for heading in ("why sessions ended", *["errors"] * failed, *[price] * priced):
        table.add_column(heading, overflow="fold")
    for name, figures in played.items():
        cells = [name, _spoken(variants[name]), *map(str, figures.by_name().values())]
        cells.append(_ends(figures))
        cells += [_errors(figures)] * failed + [_dollars(figures)] * priced
        table.add_row(*map(_words, cells))
    return table


def lost(summary: RunSummary) -> list[str]:
    """A line for each variant of which episodes of the training failed."""
    lines = []
    for name, variant in summary.variants.items():
        figures = variant.phases.get("train")
        if figures and figures.errors:
            count = figures.episodes + figures.errors
            lines.append(
                f"{name}: {figures.errors} of {count} training episodes failed and taught "
                f"nothing ({_errors(figures)})"
            )
    return [plain(line, WIDEST) for line in lines]


def asked(summary: RunSummary) -> int:
    """How many replies of chat models are in the episodes, whoever gave them."""
    phases = (p for v in summary.variants.values() for p in v.phases.values())
    return sum(used.calls for p in phases for used in (p.usage or {}).values())


def paid(totals: Totals) -> str:
    """What the calls of a run's folder cost, where a cache gave some of the replies."""
    calls = "1 call" if totals.calls == 1 else f"{totals.calls:,} calls"
    return f"Paid in this folder: {_amount(totals.money)} for {calls}; the cache gave other replies"


def differences(summary: RunSummary, phase: Phase, against: str) -> RenderableType:
    """What each variant has more than a chosen one on the same sessions."""
    variants = {against: summary.variants[against]}
    rows = list[list[str]]()
    for pair in summary.paired:
        if pair.phase == phase and against in (pair.a, pair.b):
            name, sign = (pair.a, 1) if pair.b == against else (pair.b, -1)
            variants[name] = summary.variants[name]
            gaps = [_gap(one, sign) for one in pair.by_name().values()]
            rows.append([name, _spoken(variants[name]), *gaps, str(pair.pairs)])
    title = f"{_where(summary, phase)}: more than {against} ({_spoken(variants[against])})"
    caption = (
        "Differences on the same users, seeds and episodes, with 95 % intervals clustered by user, "
        "each taken by itself: of twenty such intervals one misses the truth."
    )
    table = _table(title, _noted(caption, variants), "arm", "chat model")
    table.add_column("pairs", justify="right")
    for row in rows:
        table.add_row(*map(_words, row))
    return table


def estimates(found: "Sequence[VariantCost]") -> RenderableType:
    """What a run would cost, for sessions as long as in the sample and at most."""
    table = Table(
        title="What the run would ask of its chat models",
        caption=_words(ESTIMATE_NOTE),
        title_justify="left",
        caption_justify="left",
    )
    for name in ("arm", "chat model"):
        table.add_column(name)
    for name in ("episodes", "rounds", "calls", "input tokens", "output tokens", "USD", "at most"):
        table.add_column(name, justify="right")
    for one in found:
        likely, most = one.likely, one.at_most
        counts = (likely.calls, likely.input, likely.output)
        cells = [one.variant, one.model, str(one.episodes), f"{one.rounds:.1f}"]
        cells += [f"{number:,.0f}" for number in counts]
        table.add_row(*map(_words, [*cells, _usd(likely.money), _usd(most.money)]))
    return table


def _usd(money: float | None) -> str:
    return "unknown" if money is None else f"{money:,.2f}"


def _table(title: str, caption: str, *names: str) -> Table:
    """An empty table whose rows begin with these names and the three figures."""
    table = Table(
        title=_words(title),
        caption=_words(caption),
        title_justify="left",
        caption_justify="left",
    )
    for name in names:
        table.add_column(name, overflow="fold")
    for figure in METRICS.values():
        table.add_column(figure, justify="right", no_wrap=True)
    return table


def _words(text: str) -> Text:
    """Text from outside: no markup in it is obeyed, no control character printed."""
    return Text(plain(text, WIDEST))


def _where(summary: RunSummary, phase: Phase) -> str:
    return f"World {summary.world.name!r}, {PHASES_TOLD[phase]}"


def _noted(caption: str, variants: Mapping[str, VariantSummary]) -> str:
    """The caption, and what figures made with the offline model are worth."""
    models = {model for one in variants.values() for model in chat_models(one.variant).values()}
    return f"{caption} {OFFLINE_NOTE}" if "offline" in models else caption


def _spoken(summary: VariantSummary) -> str:
    """The chat model of a variant, or those of its roles where they differ."""
    models = chat_models(summary.variant)
    if len(set(models.values())) > 1:
        return ", ".join(f"{role}: {model}" for role, model in models.items())
    return next(iter(models.values()), UNDEFINED)


def _ends(figures: PhaseFigures) -> str:
    ends = sorted(figures.ends.items(), key=lambda end: (-end[1], end[0]))
    return ", ".join(f"{cause} {count / figures.episodes:.0%}" for cause, count in ends)


def _errors(figures: PhaseFigures) -> str:
    return ", ".join(f"{name} {count}" for name, count in figures.error_types.items())


def _dollars(figures: PhaseFigures) -> str:
    """The cost in USD, if there is any and it is known."""
    if figures.usage is None:
        return UNDEFINED
    return _amount(figures.money)


def _amount(money: float | None) -> str:
    return "unknown" if money is None else f"${money:.2f}" if money >= 1 else f"${money:.4f}"


def _gap(difference: Estimate, sign: int) -> str:
    mean, low, high = difference.mean, difference.low, difference.high
    if mean is None:
        return UNDEFINED
    reach = "" if low is None or high is None else f" ± {(high - low) / 2:.2f}"
    return f"{sign * mean + 0.0:+.2f}{reach}"
