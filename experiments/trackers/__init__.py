"""Trackers: where a run reports its episodes and figures while it is played."""

from experiments.trackers.make import find_tracker
from experiments.trackers.tracker import EpisodeFigures, TrackedRun, Tracker
from experiments.trackers.tracking import Tracking
