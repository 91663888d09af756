"""The page: its sections in order, its own style and script and no others."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from experiments.errors import RunError
from experiments.report.call_totals import read_calls
from experiments.report.charts import altair
from experiments.report.csv_tables import csv_tables, csv_text
from experiments.report.markup import Html, script_json, tag
from experiments.report.palette import looks
from experiments.report.report_data import PlayedRun, ReportData, Section, read_played_run
from experiments.report.sections.about import about_section, facts, headline, notes
from experiments.report.sections.comparison import comparison_section
from experiments.report.sections.cost import cost_section
from experiments.report.sections.critic import critic_section
from experiments.report.sections.differences import paired_section, window_section
from experiments.report.sections.episodes import episodes_section
from experiments.report.sections.items import grounding_section, popularity_section
from experiments.report.sections.learning import baselines_section, learning_section, memory_section
from experiments.report.sections.sessions import survival_section
from experiments.report.step_by_step import BUDGET, choose
from experiments.runs.files import write_text
from experiments.statistics.episodes import Episode, read_episodes

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
STYLES = ("theme.css", "page.css", "content.css", "viewer.css", "print.css")
SCRIPTS = ("page.js", "episode.js", "viewer.js")
LARGEST_COPY = 2_000_000
THEMES = ("Auto", "Light", "Dark")
LISTED = ("frozen", "online", "train")


def write_report(
    folder: Path, episodes: Sequence[Episode] | None = None, *, budget: int = BUDGET
) -> Path:
    """Writes `report.html` and `csv/` from what a run has played so far.

    Episodes that were read before are not read again.
    """
    altair()  # a missing extra is reported before work is spent
    data = _report_data(folder, episodes, budget)
    copies = {name: csv_text(rows) for name, rows in data.tables.items() if rows}
    for name, text in copies.items():
        write_text(folder / "csv" / f"{name}.csv", text)
    path = folder / "report.html"
    write_text(path, _page(data, copies))
    return path


def _report_data(folder: Path, episodes: Sequence[Episode] | None, budget: int) -> ReportData:
    """Everything that the page is made from; lines that cannot be read are only counted."""
    run, damaged = read_played_run(folder), list[RunError]()
    if episodes is None:
        episodes = read_episodes(folder, run.file, damaged.append)
    listed = _in_order(run, episodes)
    calls = read_calls(folder / "calls.csv")
    return ReportData(
        run=run,
        looks=looks(run.variants),
        tables=csv_tables(run, calls, listed),
        calls=calls,
        episodes=listed,
        unreadable=len(damaged),
        step_by_step=choose(folder / "cells", listed, run.file.settings.batch, budget),
    )


def _in_order(run: PlayedRun, episodes: Sequence[Episode]) -> list[Episode]:
    """Evaluation before training, variants as in the settings, then seed and number."""
    variants = {name: at for at, name in enumerate(run.variants)}
    return sorted(
        episodes, key=lambda one: (LISTED.index(one.phase), variants[one.variant], one.place)
    )


def _page(data: ReportData, copies: Mapping[str, str]) -> str:
    """The whole page; CSV files that are too large for it are only in the folder."""
    made = [section for build in SECTIONS if (section := build(data))]
    run = data.run.file
    title = f"{run.preset} on {run.world.name or 'an unnamed world'}"
    blocks = [
        tag("script", script_json(text), type="application/json", id=f"csv-{name}")
        for name, text in copies.items()
        if len(text) <= LARGEST_COPY
    ]
    body = tag(
        "body",
        tag("a", "Skip to the figures", href="#main", class_="skip"),
        tag("div", _top(data, title), _contents(made), _main(made), class_="sheet"),
        *blocks,
    )
    head = _head(f"{title}: BiLLP run report")
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _top(data: ReportData, title: str) -> Html:
    return tag(
        "header",
        _themes(),
        tag("p", "BiLLP run report", class_="eyebrow"),
        tag("h1", title),
        headline(data),
        notes(data),
        facts(data),
        class_="top",
    )


def _themes() -> Html:
    choices = [
        tag(
            "label",
            tag("input", type="radio", name="theme", value=name.lower(), checked=name == "Auto"),
            tag("span", name),
        )
        for name in THEMES
    ]
    return tag("fieldset", tag("legend", "Theme", class_="unseen"), *choices, class_="themes")


def _contents(sections: Sequence[Section]) -> Html:
    entries = [tag("li", tag("a", s.title, href=f"#{s.id}")) for s in sections]
    return tag("nav", tag("ol", *entries), class_="contents", aria_label="Contents")


def _main(sections: Sequence[Section]) -> Html:
    parts = [
        tag(
            "section",
            tag("h2", section.title, id=f"{section.id}-title"),
            section.body,
            id=section.id,
            aria_labelledby=f"{section.id}-title",
        )
        for section in sections
    ]
    return tag("main", *parts, id="main", tabindex=-1)


def _head(title: str) -> Html:
    style, script = _own(STYLES), _own(SCRIPTS)
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(style)),
        tag("script", Html(script)),
    )


def _own(names: Sequence[str]) -> str:
    """Files that lie beside this one, as one."""
    here = Path(__file__).parent
    return "\n".join((here / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
