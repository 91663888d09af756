"""What was run: the facts at the top of the page, and the settings at its end."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from experiments.commands.tables import OFFLINE_NOTE
from experiments.report.episodes import FAILED
from experiments.report.material import PHASES, Material, Section, heading, paragraph
from experiments.report.source import Source, chat_models, learns, models_by_role
from experiments.report.tables import folded, scrolling
from experiments.report.text import Html, joined, tag

OFFLINE = "offline"
MOST_MISSING = 6


def facts(material: Material) -> Html:
    """What was run, in a few words each."""
    run, world = material.run, material.run.world
    models = dict.fromkeys(m for v in run.variants.values() for m in chat_models(v))
    entries = {
        "World": str(world.get("name") or run.settings.get("world") or "unknown"),
        "Users and items": _pair(world.get("users"), world.get("items")),
        "Chat models": ", ".join(models) or "none",
        "Variants": str(len(run.variants)),
        "Seeds": ", ".join(map(str, run.seeds)),
        "Episodes": _episodes(material),
        "Rounds at most": str(run.settings.get("max_rounds") or run.summary.get("rounds") or ""),
        "Quit rule": _rule(run),
        "Version": _version(run.run.get("versions") or {}),
    }
    return _described(entries)


def _described(entries: Mapping[str, Any]) -> Html:
    told = [tag("div", tag("dt", k), tag("dd", v)) for k, v in entries.items() if v]
    return tag("dl", *told, class_="facts")


def notes(material: Material) -> Html:
    """What a reader must know before believing a figure."""
    found = []
    if OFFLINE in _models(material):
        found.append(_note("Not a language model. ", OFFLINE_NOTE))
    missing = list(_missing(material))
    if missing:
        found.append(_note("Not complete. ", "Still to be played: ", _some(missing), "."))
    return joined(found)


def about(material: Material) -> Section:
    """Settings, versions and the list of files."""
    run = material.run
    parts = [
        paragraph(
            "This page holds everything it shows and loads nothing. Beside it: ",
            *_with_commas([tag("code", name) for name in ("summary.json", "run.json")]),
            ", and the same figures as CSV: ",
            *_with_commas([material.link(name) for name, t in material.tables.items() if t.rows]),
            ".",
        )
    ]
    versions = run.run.get("versions") or {}
    if versions:
        parts += [heading("Versions"), _described(versions)]
    for title, content in (("Settings", run.settings), ("World", run.world)):
        if content:
            text = json.dumps(content, indent=2, ensure_ascii=False)
            parts.append(folded(title, scrolling(tag("pre", text), title)))
    return Section("about", "About this run", joined(parts))


def _models(material: Material) -> set[str]:
    variants = material.run.variants.values()
    spoken = {model for variant in variants for model in models_by_role(variant).values()}
    return spoken | {call.model for call in material.calls}


def _note(strong: str, *parts: object) -> Html:
    return tag("p", tag("strong", strong), *parts, class_="callout", role="note")


def _missing(material: Material) -> Iterable[str]:
    """What was asked for and has neither been played nor failed."""
    played = Counter((e.variant, e.phase) for e in material.episodes.all)
    for name, variant in material.run.variants.items():
        for phase, wanted in _asked(material, variant):
            if played[name, phase] < wanted:
                yield f"{name} ({phase}, {played[name, phase]:,} of {wanted:,})"


def _asked(material: Material, variant: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """The phases of a variant with their episodes; what learns nothing is evaluated once."""
    settings, seeds = material.run.settings, len(material.run.seeds)
    evaluated = settings.get("evaluate") or ()
    if not learns(variant):
        evaluated = ("frozen",) if evaluated else ()
    elif not settings.get("trained"):
        yield "train", seeds * int(settings.get("train_episodes") or 0)
    for phase in evaluated:
        yield phase, seeds * int(settings.get("episodes") or 0)


def _some(missing: list[str]) -> str:
    more = len(missing) - MOST_MISSING
    return ", ".join(missing[:MOST_MISSING]) + (f" and {more} more" if more > 0 else "")


def _episodes(material: Material) -> str:
    all_ = material.episodes.all
    counts = {p: sum(e.phase == p for e in all_) for p in PHASES}
    named = ", ".join(f"{n:,} {phase}" for phase, n in counts.items() if n)
    failed = sum(e.end == FAILED for e in all_)
    lost = f"; {failed:,} failed" if failed else ""
    return f"{len(all_):,} ({named}{lost})" if named else ""


def _pair(users: Any, items: Any) -> str:
    return f"{users:,} users, {items:,} items" if users and items else ""


def _rule(run: Source) -> str:
    """What users leave at, as it was played: the world's rule with the settings' changes."""
    rule, paper = run.world.get("rule") or {}, run.settings.get("rules") == "paper"
    windows = _windows(run, rule)
    parts = [f"window {' or '.join(map(str, windows))}"] if windows else []
    parts += [f"β {rule['beta']:.4g}"] if isinstance(rule.get("beta"), int | float) else []
    parts += [f"ratings under {rule['min_reward']:g}"] if "min_reward" in rule else []
    if "no_repeats" in rule:
        repeats = rule["no_repeats"] and not paper
        parts += ["repeats"] if repeats else ["repeats allowed"]
    parts += ["the paper's rules"] if paper else []
    return ", ".join(parts)


def _windows(run: Source, rule: Mapping[str, Any]) -> list[int]:
    """Every window that a variant was played under, the smallest first."""
    changes = [variant.get("changes") or {} for variant in run.variants.values()] or [{}]
    found = {change.get("window", rule.get("window")) for change in changes}
    return sorted(int(window) for window in found if window is not None)


def _version(versions: Mapping[str, Any]) -> str:
    return f"billp {versions['billp']}" if "billp" in versions else ""


def _with_commas(parts: list[Html]) -> list[object]:
    found: list[object] = []
    for part in parts:
        found += [", ", part] if found else [part]
    return found
