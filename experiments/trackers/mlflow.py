"""MLflow: one of its runs for a run, with parameters, metrics, and summary and page as files."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import durable
from experiments.statistics.figures import RunSummary
from experiments.statistics.summary import SUMMARY
from experiments.trackers.tracker import EpisodeFigures, TrackedRun, final_metrics

if TYPE_CHECKING:  # heavy
    from mlflow import MlflowClient

EXPERIMENT, EXPERIMENT_VARIABLE = "billp", "MLFLOW_EXPERIMENT_NAME"
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_\-. :/]")
LONGEST_PARAMETER = 500
MOST_METRICS = 1000  # in one request, which is MLflow's limit


class MlflowTracker:
    """Logs to a server or store, by default the one that MLFLOW_TRACKING_URI names.

    It uses a client of its own, so that a run which the program has open itself is left alone.
    """

    def __init__(self, place: str = "", name: str = "mlflow") -> None:
        self.name = name
        self._place = place
        self._run_id = ""
        self._folder = Path()
        self._client: MlflowClient

    def start(self, run: TrackedRun) -> None:
        """See `Tracker.start`; a run that goes on is the same one in MLflow."""
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self._client, self._folder = MlflowClient(self._place or None), run.folder
        kept = run.state.with_name(f"{run.state.name}.json")
        if kept.exists():
            self._run_id = json.loads(kept.read_bytes())["run_id"]
            self._client.update_run(self._run_id, "RUNNING")
            return
        tags = {"mlflow.runName": run.name, "billp.folder": str(run.folder.resolve())}
        self._run_id = self._client.create_run(self._experiment(), tags=tags).info.run_id
        durable.replace(kept, json.dumps({"run_id": self._run_id}).encode())
        settings = flattened(asdict(run.file.settings))
        parameters = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in settings]
        self._client.log_batch(self._run_id, params=parameters)

    def episode(self, episode: EpisodeFigures) -> None:
        """See `Tracker.episode`; an episode's number is its step."""
        self._log(episode.metrics, episode.number)

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        """See `Tracker.finish`."""
        if summary is None:
            self._client.set_terminated(self._run_id, "KILLED")
            return
        self._log(final_metrics(summary), 0)
        for path in (self._folder / SUMMARY, page):
            if path:
                self._client.log_artifact(self._run_id, str(path))
        self._client.set_terminated(self._run_id, "FINISHED")

    def _experiment(self) -> str:
        name = os.environ.get(EXPERIMENT_VARIABLE) or EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id if found else self._client.create_experiment(name))

    def _log(self, metrics: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric
        from mlflow.utils.time import get_current_time_millis

        now = get_current_time_millis()
        named = [(NOT_IN_NAMES.sub("-", name), value) for name, value in metrics.items()]
        logged = [Metric(name, value, now, step) for name, value in named]
        for first in range(0, len(logged), MOST_METRICS):
            self._client.log_batch(self._run_id, metrics=logged[first : first + MOST_METRICS])


def flattened(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """Settings within settings as names with dots; the variants are named alone."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{before}{name}.")
        elif name == "variants":
            yield name, ", ".join(one["name"] for one in value)
        else:
            yield f"{before}{name}", value
