"""A table in Markdown."""

import re
from collections.abc import Iterator

from experiments.report.exports.paper_layout import Cell, PaperTable
from experiments.report.markup import visible
from experiments.report.tables import signed
from experiments.statistics.metrics import METRICS

SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#|~!&])")
UNDEFINED = "\u2013"
RANKS = {"": "{}", "best": "**{}**", "second": "{}"}


def escaped(text: str) -> str:
    """Text from outside in which nothing is markup."""
    return SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))


def markdown(table: PaperTable) -> str:
    """The table under its caption."""
    return f"{escaped(table.caption)}\n\n" + "\n".join(_lines(table)) + "\n"


def _lines(table: PaperTable) -> Iterator[str]:
    yield _line([table.first, *METRICS.values()])
    yield _line(["---", *("---:" for _ in METRICS)])
    for label, rows in table.groups.items():
        if len(table.groups) > 1:
            yield _line([f"*{escaped(label)}*", *("" for _ in METRICS)])
        for name, cells in rows:
            yield _line([escaped(name), *map(_cell, cells)])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    estimate = cell.estimate
    if estimate.mean is None:
        return UNDEFINED
    said = RANKS[cell.rank].format(_number(estimate.mean, cell.difference))
    if estimate.low is None or estimate.high is None:
        return said
    ends = (_number(end, cell.difference) for end in (estimate.low, estimate.high))
    return f"{said} [{', '.join(ends)}]"


def _number(value: float, difference: bool) -> str:
    return signed(value) if difference else f"{value:,.2f}"
