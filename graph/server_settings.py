"""Limits of the server that its operator may set, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from graph.admission import RunLimits
from graph.clients import SettingsError

WORKERS_VARIABLE = "N_JOBS_PER_WORKER"  # `langgraph dev` sets it to its --n-jobs-per-worker
RUNS_VARIABLE, WAITING_VARIABLE = "BILLP_CLIENT_RUNS", "BILLP_CLIENT_WAITING"
BODY_VARIABLE, SECONDS_VARIABLE = "BILLP_BODY_BYTES", "BILLP_BODY_SECONDS"
RUNS_WITHOUT_TOKENS = 100


@dataclass(frozen=True)
class BodyLimits:
    """How many bytes the body of a request may have, and how many seconds it may take."""

    size: int
    seconds: int


def run_limits(environment: Mapping[str, str], *, tokens: bool) -> RunLimits:
    """Half of the workers for each client, so that one of them leaves the others room."""
    workers = number(environment, WORKERS_VARIABLE, 1)
    runs = max(1, workers // 2) if tokens else RUNS_WITHOUT_TOKENS
    return RunLimits(
        runs=number(environment, RUNS_VARIABLE, runs),
        waiting=number(environment, WAITING_VARIABLE, 20),
    )


def body_limits(environment: Mapping[str, str]) -> BodyLimits:
    """A request of the largest permitted input has some hundred kilobytes."""
    return BodyLimits(
        size=number(environment, BODY_VARIABLE, 1 << 20),
        seconds=number(environment, SECONDS_VARIABLE, 30),
    )


def number(environment: Mapping[str, str], variable: str, default: int) -> int:
    """A whole number from 1 of the environment."""
    given = environment.get(variable) or str(default)
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise SettingsError(f"{variable} must be a whole number from 1, not {given!r}")
    return int(given)
