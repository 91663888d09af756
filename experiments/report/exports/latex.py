"""A table in LaTeX, ruled by booktabs and shaped as the paper's Table 3."""

from collections.abc import Iterator, Mapping

from experiments.report.exports.paper_layout import CellForm, PaperTable, Rank
from experiments.report.markup import visible
from experiments.statistics.metrics import METRICS

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "\u2212": "$-$",
}
ESCAPES = str.maketrans(SPECIAL)
UNDEFINED = "--"
RANKS: Mapping[Rank, str] = {"": "{}", "best": r"\textbf{{{}}}", "second": r"\underline{{{}}}"}


def escaped(text: str) -> str:
    """Text from outside in which nothing is a command."""
    return " ".join(visible(text).split()).translate(ESCAPES)


def latex(table: PaperTable) -> str:
    r"""A whole table environment; it needs \usepackage{booktabs}."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: PaperTable) -> Iterator[str]:
    columns = 1 + len(METRICS)
    yield r"% \usepackage{booktabs}; bold: best of the methods, underlined: the next"
    yield from (r"\begin{table}", r"\centering", rf"\caption{{{escaped(table.caption)}}}")
    yield rf"\label{{tab:{table.name}}}"
    yield from (rf"\begin{{tabular}}{{l{'c' * len(METRICS)}}}", r"\toprule")
    yield " & ".join([escaped(table.first), *map(_metric, METRICS.values())]) + r" \\"
    for label, rows in table.groups.items():
        yield r"\midrule"
        if len(table.groups) > 1:
            yield rf"\multicolumn{{{columns}}}{{l}}{{\textit{{{escaped(label)}}}}} \\"
        for name, cells in rows:
            yield " & ".join([escaped(name), *(cell.written(FORM) for cell in cells)]) + r" \\"
    yield from (r"\bottomrule", r"\end{tabular}", r"\end{table}")


def _metric(label: str) -> str:
    name, _, index = label.partition("_")
    return f"${name}_{{{index}}}$" if index else name


def _number(value: float, difference: bool) -> str:
    return f"${value:+,.2f}$" if difference else f"{value:,.2f}"


FORM = CellForm(RANKS, _number, r" {{\scriptsize [{}]}}", UNDEFINED)
