"""The tables and lines in which a run's figures are shown on the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from experiments.runs.presets import Phase
from experiments.runs.variants import OFFLINE_NOTE
from experiments.statistics.ablations import unchanged_notes
from experiments.statistics.figures import PhaseFigures, RunSummary, VariantSummary
from experiments.statistics.intervals import UNDEFINED
from experiments.statistics.metrics import METRICS
from experiments.terminal import safe_text
from models import Totals

if TYPE_CHECKING:
    from experiments.playing.estimate import VariantCost

ESTIMATE_NOTE = (
    "Measured on a short training and a few sessions after it, played with the embedded model: "
    "another model keeps users for longer or shorter. 'At most' is for sessions that all last to "
    "the cap, with the longest prompts of users who never leave and a quarter more, and replies as "
    "long as they may be. Providers' caches make it cheaper; repairs, retries and models that "
    "think before they answer dearer."
)
ROOM = 110  # columns for a mean beside its interval
NAME_WIDTH = 14  # of the longest arm
PHASE_TITLES: Mapping[Phase, str] = {
    "train": "on the training half, while learning",
    "frozen": "on the test half, learning nothing",
    "online": "on the test half, learning on",
}


@dataclass(frozen=True)
class ByWidth:
    """Shows one table where there is room for it, and another on narrow terminals."""

    wide: Table
    narrow: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.wide if options.max_width >= ROOM else self.narrow


def comparison_table(
    summary: RunSummary, phase: Phase, *, paper: bool = False, cached: bool = False
) -> Group:
    """The variants' figures of a phase, and a line for every ablation that changed nothing.

    `paper` notes the paper's quit rule, `cached` that the cost was not paid in full.
    """
    seeds = ", ".join(str(seed) for seed in summary.seeds)
    rules = "the paper's rules, repeats allowed; " * paper
    caption = (
        f"At most {summary.rounds} rounds; {rules}seeds {seeds}; "
        "mean and 95 % interval (BCa bootstrap, clustered by user)."
    )
    if any("offline" in v.variant.chat_models.values() for v in _played(summary, phase).values()):
        caption += f" {OFFLINE_NOTE}"
    wide, narrow = (_comparison(summary, phase, caption, cached, wide=w) for w in (True, False))
    return Group(ByWidth(wide, narrow), *map(safe_text, unchanged_notes(summary, phase)))


def _comparison(
    summary: RunSummary, phase: Phase, caption: str, cached: bool, *, wide: bool
) -> Table:
    """Mean and interval stand side by side, or one below the other."""
    variants = _played(summary, phase)
    played = {name: found.phases[phase] for name, found in variants.items()}
    failed = any(figures.errors for figures in played.values())
    priced = any(figures.money for figures in played.values())
    table = _table(f"World {summary.world.name!r}, {PHASE_TITLES[phase]}", caption)
    table.box = box.HEAVY_HEAD if wide else box.SIMPLE_HEAD
    for name in ("arm", "chat model") if wide else ("arm",):
        table.add_column(name, overflow="fold", min_width=NAME_WIDTH if name == "arm" else None)
    for metric in METRICS.values():
        table.add_column(metric, justify="right", no_wrap=True)
    price = "cost at list price" if cached else "cost"
    for heading in ("why sessions ended", *["errors"] * failed, *[price] * priced):
        table.add_column(heading, overflow="fold")
    for name, figures in played.items():
        model = _model_names(variants[name].variant.chat_models)
        cells = [_cell(name), _cell(model)] if wide else [_cell(name, model)]
        for estimate in figures.by_name().values():
            mean, _, interval = str(estimate).partition(" ")
            cells.append(_cell(str(estimate)) if wide else _cell(mean, interval))
        cells.append(_cell(_end_shares(figures)))
        cells += [_cell(_error_counts(figures))] * failed
        cells += [_cell(UNDEFINED if figures.usage is None else _money(figures.money))] * priced
        table.add_row(*cells)
    return table


def _played(summary: RunSummary, phase: Phase) -> dict[str, VariantSummary]:
    return {name: found for name, found in summary.variants.items() if phase in found.phases}


def _cell(*lines: str) -> Text:
    return Text("\n").join(map(safe_text, lines))


def training_error_lines(summary: RunSummary) -> list[str]:
    """A line for each variant of which training episodes failed."""
    lines = []
    for name, found in summary.variants.items():
        figures = found.phases.get("train")
        if figures and figures.errors:
            count = figures.episodes + figures.errors
            lines.append(
                f"{name}: {figures.errors} of {count} training episodes failed and taught "
                f"nothing ({_error_counts(figures)})"
            )
    return lines


def reply_count(summary: RunSummary) -> int:
    """How many replies of chat models the episodes hold, those from a cache included."""
    phases = (p for v in summary.variants.values() for p in v.phases.values())
    return sum(used.calls for p in phases for used in (p.usage or {}).values())


def paid_line(totals: Totals) -> str:
    """What the calls of a run's folder cost, where a cache gave some of the replies."""
    calls = "1 call" if totals.calls == 1 else f"{totals.calls:,} calls"
    return f"Paid in this folder: {_money(totals.money)} for {calls}; the cache gave other replies"


def estimate_table(estimates: "Sequence[VariantCost]") -> Table:
    """What a run would cost: for sessions as long as in the sample, and at most."""
    table = _table("What the run would ask of its chat models", ESTIMATE_NOTE)
    table.add_column("arm, chat model", overflow="fold")
    for name in ("episodes", "rounds", "calls", "tokens", "cost", "at most"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in estimates:
        likely, most = one.likely, one.at_most
        table.add_row(
            _cell(one.variant, one.model),
            _cell(str(one.episodes)),
            _cell(f"{one.rounds:.1f}"),
            _cell(f"{likely.calls:,.0f}"),
            _cell(f"{likely.input:,.0f} in", f"{likely.output:,.0f} out"),
            _cell(_money(likely.money)),
            _cell(_money(most.money)),
        )
    return table


def _table(title: str, caption: str) -> Table:
    return Table(
        title=safe_text(title),
        caption=safe_text(caption),
        title_justify="left",
        caption_justify="left",
    )


def _model_names(by_role: Mapping[Any, str]) -> str:
    """The chat model of a variant, or those of its roles where they differ."""
    if len(set(by_role.values())) > 1:
        return ", ".join(f"{role}: {model}" for role, model in by_role.items())
    return next(iter(by_role.values()), UNDEFINED)


def _end_shares(figures: PhaseFigures) -> str:
    ends = sorted(figures.ends.items(), key=lambda end: (-end[1], end[0]))
    return ", ".join(f"{cause} {count / figures.episodes:.0%}" for cause, count in ends)


def _error_counts(figures: PhaseFigures) -> str:
    return ", ".join(f"{name} {count}" for name, count in figures.error_types.items())


def _money(usd: float | None) -> str:
    """USD, with cents of a cent below one dollar."""
    return "unknown" if usd is None else f"${usd:,.2f}" if usd >= 1 else f"${usd:.4f}"
