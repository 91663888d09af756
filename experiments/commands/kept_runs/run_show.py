"""Shows a run, and where two of them differ."""

import sys
from pathlib import Path

from rich import box
from rich.table import Table

from experiments.arguments.config_file import to_toml
from experiments.commands.tables import comparison_table
from experiments.runs.differences import setting_differences
from experiments.runs.glance import glance
from experiments.runs.plan import about_lines, plan_lines
from experiments.runs.presets import PHASES
from experiments.runs.run_file import read_run
from experiments.runs.toml_settings import command_of, options_of
from experiments.statistics.figures import RunSummary
from experiments.statistics.intervals import UNDEFINED
from experiments.statistics.metrics import METRICS
from experiments.statistics.summary import SUMMARY, read_summary
from experiments.terminal import megabytes, print_line, print_paragraphs, safe_text, wide_console
from simulator.text import plural


def show_run(folder: Path) -> int:
    """Prints settings, models and versions, then the figures of each phase."""
    console, run, seen = wide_console(), read_run(folder), glance(folder)
    played = f"{plural(seen.played, 'episode')} played, {megabytes(seen.bytes)}"
    print_line(console, f"{folder}: {seen.state}, {played}")
    print_paragraphs(console, [*plan_lines(run.settings), *about_lines(run)])
    if (folder / SUMMARY).exists():
        summary = read_summary(folder)
        for phase in PHASES:
            if any(phase in one.phases for one in summary.variants.values()):
                console.print(comparison_table(summary, phase))
    return 0


def print_toml(folder: Path) -> int:
    """Prints the settings of a run for `--config`."""
    settings = read_run(folder).settings
    command = command_of(settings)
    sys.stdout.write(f"# billp {command} --config FILE\n{to_toml(options_of(settings))}")
    return 0


def show_differences(before: Path, now: Path) -> int:
    """Prints the settings that differ, then the means of what both played."""
    console = wide_console()
    found = setting_differences(read_run(before), read_run(now))
    print_line(console, "settings that differ:" if found else "the settings are the same")
    print_paragraphs(console, [f"  {line}" for line in found])
    if all((folder / SUMMARY).exists() for folder in (before, now)):
        console.print(_means(read_summary(before), read_summary(now)))
    else:
        print_line(console, "no figures to compare: one of them has no summary yet")
    return 0


def _means(before: RunSummary, now: RunSummary) -> Table:
    """The means of each arm and phase in both runs."""
    table = Table(box=box.SIMPLE_HEAD, title="Means, before -> now", title_justify="left")
    table.add_column("arm", overflow="fold")
    for heading in ("phase", *METRICS.values()):
        table.add_column(heading)
    for name in (name for name in before.variants if name in now.variants):
        for phase, figures in before.variants[name].phases.items():
            other = now.variants[name].phases.get(phase)
            if other:
                pairs = zip(figures.by_name().values(), other.by_name().values(), strict=True)
                cells = [f"{_mean(a.mean)} -> {_mean(b.mean)}" for a, b in pairs]
                table.add_row(*map(safe_text, (name, phase, *cells)))
    return table


def _mean(value: float | None) -> str:
    return UNDEFINED if value is None else f"{value:.2f}"
