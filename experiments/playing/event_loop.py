"""A run on its event loop: threads for blocking work, and what Ctrl-C does."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from experiments.playing.critic_study import study_critic
from experiments.playing.run import Run
from experiments.playing.runner import play_run
from models import RunStoppedError

INTERRUPTED = "interrupted"


def play_until_stopped(run: Run) -> RunStoppedError | None:
    """Plays the run and its Critic study; returns what stopped it, or None at its end."""
    settings = run.settings
    phases = [phase for variant in settings.variants for phase in settings.phases(variant)]
    episodes = len(settings.seeds) * sum(map(settings.count, phases))
    try:
        with run.progress.bar(episodes):
            asyncio.run(_play(run))
    except RunStoppedError as stopped:
        return stopped
    return None


async def _play(run: Run) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(2 * run.concurrency + 4))
    with _stoppable(run):
        await play_run(run)
        await study_critic(run)


@contextlib.contextmanager
def _stoppable(run: Run) -> Iterator[None]:
    """The first Ctrl-C lets the calls in flight finish, the second cancels them."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            task.cancel()
        else:
            interrupted = True
            run.ledger.stop(INTERRUPTED)
            run.progress.message("finishing the calls under way; once more to leave at once")

    with contextlib.suppress(NotImplementedError):  # Windows has no such signal handlers
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
