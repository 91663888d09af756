"""The page: its sections in order, its own style and script and no others."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template

from experiments.report.charts import altair
from experiments.report.csv_tables import csv_text
from experiments.report.markup import ASSETS, Html, joined, own_markup, script_json, tag
from experiments.report.reading import read_report_data
from experiments.report.report_data import ReportData, Section
from experiments.report.sections.about import about_section, facts, notes
from experiments.report.sections.comparison import comparison_section
from experiments.report.sections.cost import cost_section
from experiments.report.sections.critic import critic_section
from experiments.report.sections.differences import paired_section
from experiments.report.sections.episodes import episodes_section
from experiments.report.sections.headline import headline
from experiments.report.sections.items import grounding_section, popularity_section
from experiments.report.sections.learning import baselines_section, learning_section, memory_section
from experiments.report.sections.sessions import survival_section
from experiments.report.sections.window import window_section
from experiments.report.step_by_step import BUDGET
from experiments.runs.files import write_text
from experiments.statistics.episodes import Episode
from graph.app.files import THEME

SECTIONS: Sequence[Callable[[ReportData], Section | None]] = (
    comparison_section,
    paired_section,
    learning_section,
    baselines_section,
    survival_section,
    popularity_section,
    window_section,
    critic_section,
    memory_section,
    grounding_section,
    cost_section,
    episodes_section,
    about_section,
)
FIRST: Mapping[str, Callable[[ReportData], Section | None]] = {
    "figure3": popularity_section,
    "figure4": critic_section,
    "figure5": window_section,
}
STYLES = (
    THEME,
    *(ASSETS / name for name in ("page.css", "content.css", "viewer.css", "print.css")),
)
SCRIPTS = tuple(ASSETS / name for name in ("page.js", "episode.js", "viewer.js"))
LARGEST_COPY = 2_000_000


def write_report(
    folder: Path, episodes: Sequence[Episode] | None = None, *, budget: int = BUDGET
) -> Path:
    """Writes `report.html` and `csv/` from what a run has played so far.

    Episodes that were read before are not read again.
    """
    altair()  # a missing extra is reported before work is spent
    data = read_report_data(folder, episodes, budget)
    copies = {name: csv_text(rows) for name, rows in data.tables.items() if rows}
    for name, text in copies.items():
        write_text(folder / "csv" / f"{name}.csv", text)
    path = folder / "report.html"
    write_text(path, _page(data, copies))
    return path


def _page(data: ReportData, copies: Mapping[str, str]) -> str:
    """The whole page; CSV files that are too large for it are only in the folder."""
    made = built_sections(data)
    style, script, run = _joined(STYLES), _joined(SCRIPTS), data.run.file
    blocks = [
        tag("script", script_json(text), type="application/json", id=f"csv-{name}")
        for name, text in copies.items()
        if len(text) <= LARGEST_COPY
    ]
    skeleton = Template(f"<!doctype html>\n{own_markup('page.html')}\n")
    return skeleton.substitute(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        title=joined([f"{run.preset} on {run.world.name or 'an unnamed world'}"]),
        headline=headline(data),
        notes=notes(data),
        facts=facts(data),
        contents=joined([tag("li", tag("a", one.title, href=f"#{one.id}")) for one in made]),
        main=joined([_section(one) for one in made]),
        tables=joined(blocks),
    )


def built_sections(data: ReportData) -> list[Section]:
    """The sections that have something to show; the figure that a preset is named for leads."""
    first = FIRST.get(data.run.file.preset)
    order = sorted(SECTIONS, key=lambda build: build is not first)
    return [section for build in order if (section := build(data))]


def _section(section: Section) -> Html:
    title = f"{section.id}-title"
    heading = tag("h2", section.title, id=title)
    return tag("section", heading, section.body, id=section.id, aria_labelledby=title)


def _joined(files: Sequence[Path]) -> str:
    """Files as one."""
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
