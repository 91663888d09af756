"""The page: its sections in order, its own style and script and no others."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.report import data
from experiments.report.charts import altair
from experiments.report.chat_calls import read_calls
from experiments.report.csv_files import as_csv
from experiments.report.episodes import read_episodes
from experiments.report.headline import headline
from experiments.report.material import Material, Section
from experiments.report.palette import looks
from experiments.report.sections.about import about, facts, notes
from experiments.report.sections.baselines import baselines
from experiments.report.sections.comparison import comparison
from experiments.report.sections.cost import cost
from experiments.report.sections.differences import paired, window
from experiments.report.sections.episodes import episodes
from experiments.report.sections.items import grounding, groups
from experiments.report.sections.memory import critic, memory
from experiments.report.sections.sessions import learning, survival
from experiments.report.source import open_source
from experiments.report.text import Html, script_json, tag
from experiments.report.trajectories import BUDGET, choose
from experiments.runs.files import write_text

SECTIONS: Sequence[Callable[[Material], Section | None]] = (
    comparison,
    paired,
    learning,
    baselines,
    survival,
    groups,
    window,
    critic,
    memory,
    grounding,
    cost,
    episodes,
    about,
)
STYLES = ("theme.css", "page.css", "content.css", "viewer.css", "print.css")
SCRIPTS = ("page.js", "episode.js", "viewer.js")
LARGEST_COPY = 2_000_000
THEMES = ("Auto", "Light", "Dark")


def write_report(folder: Path, *, budget: int = BUDGET) -> Path:
    """Writes `report.html` and `csv/` of a run folder, from what is there so far."""
    altair()  # what is missing is said before work is spent
    material = read(folder, budget)
    for name, table in material.tables.items():
        if table.rows:
            write_text(folder / "csv" / f"{name}.csv", as_csv(table))
    path = folder / "report.html"
    write_text(path, page(material))
    return path


def read(folder: Path, budget: int = BUDGET) -> Material:
    """Everything that the page is made from."""
    run = open_source(folder)
    calls = read_calls(folder / "calls.csv")
    found = read_episodes(run)
    tables = [
        *(
            make(run)
            for make in (
                data.comparison,
                data.paired,
                data.learning,
                data.baselines,
                data.survival,
                data.groups,
                data.window,
                data.critic,
                data.memory,
                data.grounding,
            )
        ),
        data.cost(run, calls),
        data.episode_rows(found.all),
    ]
    return Material(
        run=run,
        looks=looks(run.variants),
        tables={table.name: table for table in tables},
        calls=calls,
        episodes=found,
        trajectories=choose(run, found.all, budget),
    )


def page(material: Material) -> str:
    """The whole of it."""
    made = [section for build in SECTIONS if (section := build(material))]
    run = material.run
    title = f"{run.preset} on {run.world.get('name') or 'an unnamed world'}"
    body = tag(
        "body",
        tag("a", "Skip to the figures", href="#main", class_="skip"),
        tag("div", _top(material, title), _contents(made), _main(made), class_="sheet"),
        *_copies(material),
    )
    head = _head(f"{title}: BiLLP run report")
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _top(material: Material, title: str) -> Html:
    return tag(
        "header",
        _themes(),
        tag("p", "BiLLP run report", class_="eyebrow"),
        tag("h1", title),
        headline(material),
        notes(material),
        facts(material),
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


def _copies(material: Material) -> list[Html]:
    """The CSV files as data, but for those so large that only the folder holds them."""
    texts = {name: as_csv(table) for name, table in material.tables.items() if table.rows}
    return [
        tag("script", script_json(text), type="application/json", id=f"csv-{name}")
        for name, text in texts.items()
        if len(text) <= LARGEST_COPY
    ]


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
