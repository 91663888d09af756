"""Weights & Biases: one of its runs for a run; WANDB_MODE=offline keeps it on this machine."""

import json
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import durable
from experiments.statistics.figures import RunSummary
from experiments.trackers.tracker import EpisodeFigures, TrackedRun, final_metrics

PROJECT = "billp"
NUMBER = "episode"  # the axis of all curves: episodes end in any order, while wandb's steps rise


class WandbTracker:
    """Logs to a project, by default `billp`."""

    def __init__(self, place: str = "", name: str = "wandb") -> None:
        self.name = name
        self._project = place or PROJECT
        self._run: Any = None

    def start(self, run: TrackedRun) -> None:
        """See `Tracker.start`; a run that goes on has the same id."""
        import wandb

        kept = run.state.with_name(f"{run.state.name}.json")
        if not kept.exists():
            durable.replace(kept, json.dumps({"id": uuid.uuid4().hex[:16]}).encode())
        run.state.mkdir(exist_ok=True)
        self._run = wandb.init(
            project=self._project,
            id=json.loads(kept.read_bytes())["id"],
            name=run.name,
            config=asdict(run.file.settings),
            dir=str(run.state),
            resume="allow",
            reinit="create_new",
        )
        self._run.define_metric("*", step_metric=NUMBER)

    def episode(self, episode: EpisodeFigures) -> None:
        """See `Tracker.episode`."""
        self._run.log({**episode.metrics, NUMBER: episode.number})

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        """See `Tracker.finish`."""
        if summary:
            self._run.summary.update(final_metrics(summary))
        if page:
            self._run.save(str(page), base_path=str(page.parent), policy="now")
        self._run.finish()
