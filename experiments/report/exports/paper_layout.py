"""The tables of a run as papers print them: a line a method, groups, the best and the next."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from experiments.report.palette import in_groups
from experiments.report.report_data import PHASE_HEADINGS, PlayedRun, ReportData
from experiments.report.sections.comparison import best_and_next
from experiments.runs.presets import Phase
from experiments.statistics.intervals import Estimate

Rank = Literal["", "best", "second"]


class CellForm(NamedTuple):
    """How a format writes a cell: each rank, a number or a difference, and an interval."""

    ranks: Mapping[Rank, str]
    number: Callable[[float, bool], str]
    interval: str
    undefined: str


@dataclass(frozen=True)
class TableCell:
    """A mean with its interval, and whether it is the best of its column."""

    estimate: Estimate
    rank: Rank = ""
    difference: bool = False

    def written(self, form: CellForm) -> str:
        """The mean by its rank, and its interval where that is known."""
        found = self.estimate
        if found.mean is None:
            return form.undefined
        mean = form.ranks[self.rank].format(form.number(found.mean, self.difference))
        if found.low is None or found.high is None:
            return mean
        ends = (form.number(end, self.difference) for end in (found.low, found.high))
        return mean + form.interval.format(", ".join(ends))


@dataclass(frozen=True)
class PaperTable:
    """A table whose rows have a name and a cell for each metric, in groups with a label each."""

    name: str
    caption: str
    first: str
    groups: Mapping[str, Sequence[tuple[str, Sequence[TableCell]]]]


def paper_layouts(data: ReportData) -> Iterator[PaperTable]:
    """The comparison and the paired differences of each phase."""
    for phase in data.run.phases:
        yield _comparison(data.run, phase)
    for phase in data.run.evaluated:
        if table := _paired(data.run, phase):
            yield table


def _comparison(run: PlayedRun, phase: Phase) -> PaperTable:
    played, ranks = run.figures(phase), best_and_next(run, phase)
    groups = {
        label: [
            (
                name,
                [
                    TableCell(of, _rank(ranks[one], name))
                    for one, of in played[name].by_name().items()
                ],
            )
            for name in names
        ]
        for label, names in in_groups(run.variants, played).items()
    }
    models = sorted({one.model for one in run.variants.values() if one.model})
    caption = (
        f"Preset {run.file.preset} on world {run.file.world.name}. {PHASE_HEADINGS[phase]}: means "
        f"over {len(run.file.settings.seeds)} seeds with 95 % intervals (BCa bootstrap, clustered "
        f"by user). Chat model: {', '.join(models) or 'none'}."
    )
    return PaperTable(f"comparison-{phase}", caption, "Methods", groups)


def _rank(ranks: tuple[set[str], set[str]], name: str) -> Rank:
    best, second = ranks
    return "best" if name in best else "second" if name in second else ""


def _paired(run: PlayedRun, phase: Phase) -> PaperTable | None:
    pairs = [pair for pair in (run.summary.paired if run.summary else ()) if pair.phase == phase]
    if not pairs:
        return None
    rows = [
        (
            f"{pair.a} \u2212 {pair.b}",
            [TableCell(of, difference=True) for of in pair.by_name().values()],
        )
        for pair in pairs
    ]
    caption = (
        f"Preset {run.file.preset} on world {run.file.world.name}. {PHASE_HEADINGS[phase]}: "
        "differences on the same sessions with 95 % intervals (BCa bootstrap, clustered by user)."
    )
    return PaperTable(f"paired-{phase}", caption, "Difference", {"": rows})
