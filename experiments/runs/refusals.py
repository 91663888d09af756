"""What no run can do: refused early by commands, and in any case once a run is set up."""

from collections.abc import Sequence
from typing import NoReturn

from experiments.errors import RunError


def refuse_idle(idle: Sequence[str]) -> None:
    """Refuses to train these methods, which learn nothing."""
    if idle:
        raise RunError(f"{', '.join(idle)} learns nothing: evaluate it with `billp compare`")


def refuse_without_critic() -> NoReturn:
    """Refuses a study of the Critic without an arm that has one."""
    raise RunError("preset 'figure4' studies a Critic: name an arm that has one, like 'billp'")


def refuse_untrained(folder: object, trained: str | None, *, learns: bool) -> None:
    """Refuses to evaluate a run that evaluates another, or has no method that learns."""
    if trained:
        raise RunError(f"{folder} has trained nothing: it evaluates {trained}")
    if not learns:
        raise RunError(f"{folder} has trained nothing: `billp train` makes such a folder")


def refuse_too_few_users(
    world: str, users: int, *, learning: int, evaluated: int, choice: bool
) -> None:
    """Refuses more episodes than users where those who are evaluated are not learned from.

    With `choice` it names the option that lets them be.
    """
    if learning + evaluated > users:
        other = ", or let users be met by both (--users any, users='any')" if choice else ""
        raise RunError(
            f"world {world!r} has {users} users, fewer than the {learning} to learn from and the "
            f"{evaluated} others to evaluate: play fewer episodes{other}"
        )


def unpriced(limit: float, model: str) -> str:
    """What to tell who limits money for a model of unknown price."""
    return (
        f"a limit of {limit:g} USD cannot be kept: the price of {model!r} is unknown; give it in a "
        "table with --prices, or set no --max-money"
    )
