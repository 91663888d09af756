"""What was run: facts and notes at the top of the page, and the settings at its end."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from experiments.report.figure import csv_link
from experiments.report.markup import Html, joined, tag
from experiments.report.report_data import (
    PHASE_HEADINGS,
    PlayedRun,
    ReportData,
    Section,
    chat_model_names,
    heading,
    paragraph,
)
from experiments.report.tables import folded, scrolling
from experiments.runs.plan import memory_note
from experiments.runs.reply_notes import reply_notes
from experiments.runs.variants import OFFLINE_NOTE
from experiments.statistics.episodes import FAILED

OFFLINE = "offline"
MOST_MISSING = 6


def facts(data: ReportData) -> Html:
    """What was run, in a few words each."""
    run = data.run
    settings, world, versions = run.file.settings, run.file.world, run.file.versions
    models = dict.fromkeys(name for one in run.variants.values() for name in chat_model_names(one))
    size = f"{world.users:,} users, {world.items:,} items" if world.users and world.items else ""
    return _described(
        {
            "World": world.name or settings.world or "unknown",
            "Users and items": size,
            "Users learned from": _learned_from(run),
            "Learning": _learning(run),
            "Memories": memory_note(settings),
            "Chat models": ", ".join(models) or "none",
            "Replies": reply_notes(settings),
            "Variants": str(len(run.variants)),
            "Seeds": ", ".join(map(str, settings.seeds)),
            "Episodes": _episodes(data),
            "Rounds at most": str(settings.max_rounds),
            "Quit rule": _rule(run),
            "Version": f"billp {versions['billp']}" if "billp" in versions else "",
        }
    )


def _learned_from(run: PlayedRun) -> str:
    """Whether those who were evaluated could be known from a training."""
    if not _learns(run):
        return ""
    return "none that is evaluated" if run.file.settings.users == "new" else "any"


def _learning(run: PlayedRun) -> str:
    """How memories reached the roles, where that is not the default."""
    return "as in the paper" if _learns(run) and run.file.settings.learning == "paper" else ""


def _learns(run: PlayedRun) -> bool:
    return any(one.learns for one in run.variants.values())


def _described(entries: Mapping[str, str]) -> Html:
    rows = [tag("div", tag("dt", name), tag("dd", text)) for name, text in entries.items() if text]
    return tag("dl", *rows, class_="facts")


def notes(data: ReportData) -> Html:
    """What a reader must know before believing a figure."""
    found = []
    if OFFLINE in _models(data):
        found.append(_note("Not a language model. ", OFFLINE_NOTE))
    if missing := list(_missing(data)):
        found.append(_note("Not complete. ", "Still to be played: ", _some(missing), "."))
    return joined(found)


def about_section(data: ReportData) -> Section:
    """Settings, versions and the list of files."""
    run = data.run.file
    parts = [
        paragraph(
            "This page holds everything it shows and loads nothing. Beside it: ",
            joined([tag("code", name) for name in ("summary.json", "run.json")], ", "),
            ", and the same figures as CSV: ",
            joined([csv_link(name) for name, table in data.tables.items() if table], ", "),
            ". As files for other documents: ",
            tag("code", "billp report FOLDER --format latex,markdown,csv,parquet,svg,pdf"),
            " writes tables and figures.",
        )
    ]
    if run.versions:
        parts += [heading("Versions"), _described(run.versions)]
    for title, content in (("Settings", asdict(run.settings)), ("World", asdict(run.world))):
        text = json.dumps(content, indent=2, ensure_ascii=False)
        parts.append(folded(title, scrolling(tag("pre", text), title)))
    return Section("about", "About this run", joined(parts))


def _models(data: ReportData) -> set[str]:
    variants = data.run.variants.values()
    named = {model for variant in variants for model in variant.chat_models.values()}
    return named | {call.model for call in data.calls}


def _note(strong: str, *parts: object) -> Html:
    return tag("p", tag("strong", strong), *parts, class_="callout", role="note")


def _missing(data: ReportData) -> Iterator[str]:
    """What was asked for and has neither been played nor failed."""
    played = Counter((episode.variant, episode.phase) for episode in data.episodes)
    settings = data.run.file.settings
    for variant in settings.variants:
        for phase in settings.phases(variant):
            done, wanted = played[variant.name, phase], len(settings.seeds) * settings.count(phase)
            if done < wanted:
                yield f"{variant.name} ({phase}, {done:,} of {wanted:,})"


def _some(missing: list[str]) -> str:
    more = len(missing) - MOST_MISSING
    return ", ".join(missing[:MOST_MISSING]) + (f" and {more} more" if more > 0 else "")


def _episodes(data: ReportData) -> str:
    by_phase = Counter(episode.phase for episode in data.episodes)
    named = ", ".join(f"{by_phase[phase]:,} {phase}" for phase in PHASE_HEADINGS if by_phase[phase])
    failed = sum(episode.end == FAILED for episode in data.episodes)
    lost = f"; {failed:,} failed" if failed else ""
    return f"{len(data.episodes):,} ({named}{lost})" if named else ""


def _rule(run: PlayedRun) -> str:
    """When users leave: the world's rule with the changes of settings and variants."""
    rule, paper = run.file.world.rule, run.file.settings.rules == "paper"
    usual = rule.window if rule else None
    found = {variant.changes.get("window", usual) for variant in run.variants.values()}
    windows = sorted(int(window) for window in found if window is not None)
    parts = [f"window {' or '.join(map(str, windows))}"] if windows else []
    if rule:
        repeats = "repeats" if rule.no_repeats and not paper else "repeats allowed"
        parts += [f"β {rule.beta:.4g}", f"ratings under {rule.min_reward:g}", repeats]
    return ", ".join([*parts, "the paper's rules"] if paper else parts)
