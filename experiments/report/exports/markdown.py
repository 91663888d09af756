"""A table in Markdown."""

import re
from collections.abc import Iterator, Mapping

from experiments.report.exports.paper_layout import CellForm, PaperTable, Rank
from experiments.report.markup import visible
from experiments.report.tables import signed
from experiments.statistics.metrics import METRICS

SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#|~!&])")
UNDEFINED = "\u2013"
RANKS: Mapping[Rank, str] = {"": "{}", "best": "**{}**", "second": "{}"}


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
            yield _line([escaped(name), *(cell.written(FORM) for cell in cells)])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float, difference: bool) -> str:
    return signed(value) if difference else f"{value:,.2f}"


FORM = CellForm(RANKS, _number, " [{}]", UNDEFINED)
