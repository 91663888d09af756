"""The episodes themselves: a list to choose from, and a viewer that tells one step by step."""

from collections.abc import Iterable
from typing import Any, TypeVar

from experiments.report.markup import Html, joined, own_markup, script_json, tag
from experiments.report.report_data import PHASE_HEADINGS, ReportData, Section, paragraph
from experiments.report.sections.sessions import ENDS
from experiments.report.step_by_step import BUDGET
from experiments.statistics.episodes import FAILED, STAYED
from nodes import Context

T = TypeVar("T")

ENDINGS = {**ENDS, STAYED: "stayed to the cap", FAILED: "failed"}


def episodes_section(data: ReportData) -> Section | None:
    """The viewer, its list and what both read."""
    if not data.episodes:
        return None
    parts = [_included(data), own_markup("viewer.html"), *_blocks(data)]
    return Section("episodes", "Episodes", joined(parts))


def _included(data: ReportData) -> Html:
    all_, whole = len(data.episodes), len(data.step_by_step.steps)
    where = [tag("code", "cells/*/episodes.jsonl"), " of the run holds every step of all of them."]
    if all_ == whole:
        text = f"All {all_:,} episodes are here step by step; "
    else:
        text = (
            f"All {all_:,} episodes are listed; {whole:,} of them are here step by step: of every "
            "variant, seed and phase the best, longest, worst and middle one, one for each way "
            f"to end, then the first ones, until {BUDGET // 1_000_000} MB were full. "
        )
    damaged = data.unreadable
    lost = f" {damaged:,} lines could not be read and are missing." if damaged else ""
    return paragraph(text, *where, lost)


def _blocks(data: ReportData) -> list[Html]:
    """What the script reads; data, not code."""
    found = data.step_by_step
    blocks = {"episode-list": script_json(_listed(data))}
    blocks["episode-memories"] = script_json(found.retrieved._asdict())
    blocks |= {f"steps-{at}": steps for at, steps in found.steps.items()}
    return [tag("script", text, type="application/json", id=id_) for id_, text in blocks.items()]


def _listed(data: ReportData) -> dict[str, Any]:
    """The list of episodes, its texts replaced by their numbers."""
    episodes = data.episodes
    variants = _numbered(episode.variant for episode in episodes)
    phases = _numbered(episode.phase for episode in episodes)
    ends = _numbered(episode.end for episode in episodes)
    errors = _numbered(["", *(episode.error for episode in episodes)])  # 0 is none
    cells = {one.variant: one.path.parent.name.rpartition(".")[0] for one in episodes}
    rows = [
        [
            variants[one.variant],
            one.seed,
            phases[one.phase],
            one.number,
            one.user,
            one.rounds,
            round(one.r_traj, 2),
            ends[one.end],
            errors[one.error],
            int(at in data.step_by_step.steps),
        ]
        for at, one in enumerate(episodes)
    ]
    return {
        "variants": list(variants),
        "hues": [data.looks[name].hue for name in variants],
        "gammas": [_gamma(data, name) for name in variants],
        "cells": [cells[name] for name in variants],
        "phases": [[phase, PHASE_HEADINGS[phase]] for phase in phases],
        "ends": [[end, ENDINGS.get(end, end)] for end in ends],
        "errors": list(errors),
        "rows": rows,
    }


def _gamma(data: ReportData, name: str) -> float:
    """The discount of a variant's Critic."""
    return float(data.run.variants[name].changes.get("gamma", Context.gamma))


def _numbered(values: Iterable[T]) -> dict[T, int]:
    """The different values, numbered as they appear."""
    return {value: at for at, value in enumerate(dict.fromkeys(values))}
