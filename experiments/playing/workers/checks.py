"""What shows before a run begins that workers cannot play it."""

from typing import get_args

from experiments.errors import RunError
from experiments.playing.workers.cluster import check_scheduler
from experiments.runs.settings import RunSettings
from nodes.context import ToolName


def check_workers(settings: RunSettings, workers: int | None, scheduler: str | None) -> None:
    """Refuses arms with tools that only this process knows, and a scheduler out of reach."""
    if not scheduler and (workers or 1) < 2:
        return
    for variant in settings.variants:
        for tool in variant.own.tools if variant.own else ():
            if tool not in get_args(ToolName):
                raise RunError(
                    f"arm {variant.name!r} has the tool {tool!r}, which only this process knows: "
                    "leave workers and scheduler out"
                )
    if scheduler:
        check_scheduler(scheduler)
