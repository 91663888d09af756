"""The episodes themselves: a list to choose from, and a viewer that tells one step by step."""

from collections.abc import Sequence
from typing import Any

from experiments.report.episodes import FAILED, STAYED, Episode
from experiments.report.material import PHASES, Material, Section, paragraph
from experiments.report.sections.sessions import ENDS
from experiments.report.tables import scrolling
from experiments.report.text import Html, joined, script_json, tag
from experiments.report.trajectories import BUDGET

ENDINGS = {**ENDS, STAYED: "stayed to the cap", FAILED: "failed"}
COLUMNS = ("Episode", "Phase", "User", "Len", "Sum", "End")
ORDERS = {
    "number": "as played",
    "best": "highest sum first",
    "worst": "lowest sum first",
    "longest": "longest first",
    "shortest": "shortest first",
}


def episodes(material: Material) -> Section | None:
    """The viewer, its list and what both read."""
    if not material.episodes.all:
        return None
    parts = [_included(material), _keys(), _filters(), _viewer(), *_blocks(material)]
    return Section("episodes", "Episodes", joined(parts))


def _included(material: Material) -> Html:
    all_, whole = len(material.episodes.all), len(material.trajectories.steps)
    where = [tag("code", "cells/*/episodes.jsonl"), " of the run holds every step of all of them."]
    if all_ == whole:
        text = f"All {all_:,} episodes are here step by step; "
    else:
        text = (
            f"All {all_:,} episodes are listed; {whole:,} of them are here step by step: of every "
            "variant, seed and phase the best, the worst, the one in the middle, one for each way "
            f"to end, then the first ones, until {BUDGET // 1_000_000} MB were full. "
        )
    damaged = material.episodes.unreadable
    lost = f" {damaged:,} lines could not be read and are missing." if damaged else ""
    return paragraph(text, *where, lost)


def _keys() -> Html:
    def key(name: str) -> Html:
        return tag("kbd", name)

    parts = ["In the list ", key("↑"), " ", key("↓"), " choose an episode; in the list and in "]
    parts += ["the episode ", key("←"), " ", key("→"), " go to the one before and the next."]
    script = "The viewer needs JavaScript; everything above does without."
    return joined([paragraph(*parts, class_="muted"), tag("noscript", paragraph(script))])


def _filters() -> Html:
    user = tag(
        "input", id="filter-user", type="search", inputmode="numeric", autocomplete="off", size=8
    )
    whole = tag("input", id="filter-whole", type="checkbox")
    fields = [
        *(_choice(name) for name in ("variant", "seed", "phase", "end")),
        tag("label", tag("span", "User"), user),
        tag("label", tag("span", "Order"), _orders()),
        tag("label", whole, " ", "only those told step by step", class_="check"),
        tag("button", "Clear", type="button", id="filter-clear"),
    ]
    return tag("div", *fields, class_="filters", role="search", aria_label="Filter episodes")


def _choice(name: str) -> Html:
    everything = tag("option", "all", value="")
    return tag(
        "label", tag("span", name.capitalize()), tag("select", everything, id=f"filter-{name}")
    )


def _orders() -> Html:
    options = [tag("option", label, value=value) for value, label in ORDERS.items()]
    return tag("select", *options, id="filter-order")


def _viewer() -> Html:
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in COLUMNS)))
    caption = tag("caption", "Episodes that match", class_="unseen")
    listed = tag("table", caption, head, tag("tbody", id="episode-rows"))
    pages = tag(
        "div",
        tag("button", "← Page", type="button", id="page-back"),
        tag("span", id="page-at"),
        tag("button", "Page →", type="button", id="page-on"),
        class_="pages",
    )
    return tag(
        "div",
        tag("p", id="episode-said", role="status", class_="unseen"),
        tag(
            "div",
            tag("p", id="episode-count", role="status"),
            scrolling(listed, "List of episodes"),
            pages,
            class_="list",
        ),
        tag("article", id="episode", tabindex=0, aria_label="Episode"),
        class_="viewer",
        id="viewer",
    )


def _blocks(material: Material) -> list[Html]:
    """What the script reads; data, not code."""
    found = material.trajectories
    blocks = {"episode-list": script_json(_listed(material))}
    blocks["episode-memories"] = script_json(found.recalled._asdict())
    blocks |= {f"steps-{at}": steps for at, steps in found.steps.items()}
    return [tag("script", text, type="application/json", id=id_) for id_, text in blocks.items()]


def _listed(material: Material) -> dict[str, Any]:
    all_ = material.episodes.all
    variants, phases, ends = (_different(all_, name) for name in ("variant", "phase", "end"))
    errors = _different(all_, "error", first=("",))  # the viewer takes 0 for none
    rows = [
        [
            variants[e.variant],
            e.seed,
            phases[e.phase],
            e.number,
            e.user,
            e.rounds,
            round(e.total, 2),
            ends[e.end],
            errors[e.error],
            int(at in material.trajectories.steps),
        ]
        for at, e in enumerate(all_)
    ]
    return {
        "variants": list(variants),
        "hues": [material.looks[name].hue if name in material.looks else 6 for name in variants],
        "cells": [_cell(all_, name) for name in variants],
        "phases": [[phase, PHASES.get(phase, phase)] for phase in phases],
        "ends": [[end, ENDINGS.get(end, end)] for end in ends],
        "errors": list(errors),
        "rows": rows,
    }


def _different(episodes: Sequence[Episode], name: str, first: Sequence[str] = ()) -> dict[str, int]:
    """The values of a field, numbered as they appear, after those that are to be first."""
    found = dict.fromkeys([*first, *(getattr(episode, name) for episode in episodes)])
    return {value: at for at, value in enumerate(found)}


def _cell(episodes: Sequence[Episode], variant: str) -> str:
    """The folders of a variant's episodes, up to the seed."""
    path = next(e.path for e in episodes if e.variant == variant)
    return path.parent.name.rpartition(".")[0]
