"""What was run: the headline and facts at the top of the page, and the settings at its end."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from experiments.report.csv_tables import windows
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
from experiments.report.tables import folded, interval, metric, scrolling, signed
from experiments.runs.presets import Phase
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
            "Chat models": ", ".join(models) or "none",
            "Variants": str(len(run.variants)),
            "Seeds": ", ".join(map(str, settings.seeds)),
            "Episodes": _episodes(data),
            "Rounds at most": str(settings.max_rounds),
            "Quit rule": _rule(run),
            "Version": f"billp {versions['billp']}" if "billp" in versions else "",
        }
    )


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
            ".",
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


def headline(data: ReportData) -> Html:
    """Who did best, and whether that is more than chance; empty before there are figures."""
    run = data.run
    if not run.evaluated or windows(run):  # users of different rules are no contest
        return Html("")
    phase = max(run.evaluated, key=lambda phase: len(run.figures(phase)))
    played = run.figures(phase)
    means = [(one.r_traj.mean, name) for name, one in played.items() if one.r_traj.mean is not None]
    methods = [found for found in means if run.variants[found[1]].kind != "policy"]
    apart = 1 < len(methods) < len(means)
    ranked = sorted(methods if apart else means, reverse=True)
    if len(ranked) < 2:
        return Html("")
    (mean, best), (_, second) = ranked[:2]
    equal = [name for other, name in ranked if other == mean]
    if len(equal) > 1:
        return _tie(phase, equal, mean)
    ends = interval(played[best].r_traj.low, played[best].r_traj.high, 1)
    return paragraph(
        f"{PHASE_HEADINGS[phase]}: ",
        f"{'reference policies apart, ' if apart else ''}the highest mean ",
        metric("r_traj"),
        " is that of ",
        tag("strong", best),
        f", {mean:.1f}",
        f" ({ends})" if ends else "",
        f", over {played[best].len.mean:.1f} rounds a session. ",
        _lead(data, phase, best, second),
        class_="lead",
    )


def _tie(phase: Phase, names: Sequence[str], mean: float) -> Html:
    best = tag("strong", " and ".join(sorted(names)))
    found = (f"{PHASE_HEADINGS[phase]}: ", best, " have the same highest mean ", metric("r_traj"))
    return paragraph(*found, f", {mean:.1f}.", class_="lead")


def _lead(data: ReportData, phase: Phase, best: str, second: str) -> str:
    """The paired difference to the next, where there is one."""
    for pair in data.run.summary.paired if data.run.summary else ():
        found = pair.r_traj
        if pair.phase == phase and {pair.a, pair.b} == {best, second} and found.mean is not None:
            sign = 1 if pair.a == best else -1
            lead = signed(sign * found.mean, 1)
            text = f"On the same sessions that is {lead} against {second}, the next"
            if found.low is None or found.high is None:
                return text + "."
            low, high = sorted((sign * found.low, sign * found.high))
            text += f" (95 % interval {signed(low, 1)} to {signed(high, 1)})"
            return text + (", which may be chance." if low <= 0 <= high else ".")
    return f"The next is {second}."
