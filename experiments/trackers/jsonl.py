"""JSON lines: the start, every episode and the final figures of a run, in a file of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import durable
from experiments.runs.files import append_line
from experiments.statistics.figures import RunSummary
from experiments.trackers.tracker import EpisodeFigures, TrackedRun

FILE = "events.jsonl"


class JsonLines:
    """Appends a line for each event, by default to a file in the folder of the run."""

    def __init__(self, place: str = "", name: str = "jsonl") -> None:
        self.name = name
        self._place = place
        self._path, self._run = Path(FILE), ""

    def start(self, run: TrackedRun) -> None:
        """See `Tracker.start`."""
        self._run = str(run.folder)
        self._path = Path(self._place) if self._place else run.state.with_name(FILE)
        durable.make_folder(self._path.parent)
        if not run.resumed:
            self._append("start", {"settings": asdict(run.file.settings)})

    def episode(self, episode: EpisodeFigures) -> None:
        """See `Tracker.episode`."""
        self._append("episode", asdict(episode))

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        """See `Tracker.finish`."""
        for figures in _figures(summary) if summary else ():
            self._append("figures", figures)
        ended = "finish" if summary else "stop"
        self._append(ended, {"page": str(page) if page else None})

    def _append(self, event: str, content: Mapping[str, Any]) -> None:
        append_line(self._path, {"event": event, "run": self._run, **content})


def _figures(summary: RunSummary) -> Iterator[dict[str, Any]]:
    for name, variant in summary.variants.items():
        for phase, figures in variant.phases.items():
            counts = {"episodes": figures.episodes, "errors": figures.errors}
            metrics = {str(metric): asdict(one) for metric, one in figures.by_name().items()}
            yield {"variant": name, "phase": phase, **counts, **metrics}
