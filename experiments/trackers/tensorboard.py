"""TensorBoard: scalars in event files, which `tensorboard --logdir` draws."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.statistics.figures import RunSummary
from experiments.trackers.tracker import EpisodeFigures, TrackedRun, final_metrics

if TYPE_CHECKING:  # heavy
    from torch.utils.tensorboard import SummaryWriter


class TensorBoardTracker:
    """Writes event files to a folder, by default one in the folder of the run."""

    def __init__(self, place: str = "", name: str = "tensorboard") -> None:
        self.name = name
        self._place = place
        self._writer: SummaryWriter

    def start(self, run: TrackedRun) -> None:
        """See `Tracker.start`."""
        from torch.utils.tensorboard import SummaryWriter

        folder = Path(self._place) / run.name if self._place else run.state
        self._writer = SummaryWriter(str(folder))
        if not run.resumed:
            settings = json.dumps(asdict(run.file.settings), indent=1)
            self._writer.add_text("settings", f"```json\n{settings}\n```", 0)

    def episode(self, episode: EpisodeFigures) -> None:
        """See `Tracker.episode`; an episode's number is its step."""
        for name, value in episode.metrics.items():
            self._writer.add_scalar(name, value, episode.number)
        self._writer.flush()

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        """See `Tracker.finish`."""
        for name, value in (final_metrics(summary) if summary else {}).items():
            self._writer.add_scalar(name, value, 0)
        self._writer.close()
