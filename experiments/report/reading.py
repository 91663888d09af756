"""Reads everything that a report is made from."""

from collections.abc import Sequence
from pathlib import Path

from experiments.errors import RunError
from experiments.report.call_totals import read_calls
from experiments.report.csv_tables import csv_tables
from experiments.report.figure import figure_html
from experiments.report.palette import looks
from experiments.report.report_data import Draw, PlayedRun, ReportData, read_played_run
from experiments.report.step_by_step import NO_STEPS, choose
from experiments.statistics.episodes import Episode, read_episodes

LISTED = ("frozen", "online", "train")


def read_report_data(
    folder: Path, episodes: Sequence[Episode] | None, budget: int, draw: Draw = figure_html
) -> ReportData:
    """A run's figures, and its episodes step by step within a budget of bytes.

    Lines that cannot be read are only counted.
    """
    run, damaged = read_played_run(folder), list[RunError]()
    if episodes is None:
        episodes = read_episodes(folder, run.file, damaged.append)
    listed = _in_order(run, episodes)
    calls = read_calls(folder / "calls.csv")
    batch = run.file.settings.batch
    return ReportData(
        run=run,
        looks=looks(run.variants),
        tables=csv_tables(run, calls, listed),
        calls=calls,
        episodes=listed,
        unreadable=len(damaged),
        step_by_step=choose(folder / "cells", listed, batch, budget) if budget else NO_STEPS,
        draw=draw,
    )


def _in_order(run: PlayedRun, episodes: Sequence[Episode]) -> list[Episode]:
    """Evaluation before training, variants as in the settings, then seed and number."""
    variants = {name: at for at, name in enumerate(run.variants)}
    return sorted(
        episodes, key=lambda one: (LISTED.index(one.phase), variants[one.variant], one.place)
    )
