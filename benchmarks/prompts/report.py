"""The tables of an evaluation, and the file with all replies."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

import durable
from benchmarks.prompts.answers import Asked
from benchmarks.prompts.measures import STEP, Figures, of_answers, of_calls, of_steps
from benchmarks.prompts.options import Choose
from benchmarks.prompts.returns import DESCRIBED
from experiments.terminal import print_line, safe_text
from models import ROLES, Role
from nodes import prompts

UNKNOWN = "-"
REASONS = 3  # of each role
PERCENT = {
    *("first try", "fallback", "echo", "estimated", "name a liked genre", "name a long list"),
    *("within the list", "best expected rating"),
    *("fills in the form", "names a genre", "names a rest"),
}
WHOLE = {"asked", "failed", "input", "output", "cached", "distinct values"}
CALLS = ("asked", "failed", "first try", "repairs", "fallback", "echo")
COSTS = ("input", "output", "cached", "seconds")


@dataclass(frozen=True)
class Evaluation:
    """Which model was asked how, about which situations."""

    model: str
    prompts: str
    choose: Choose
    structured: bool
    seed: int
    concurrency: int
    situations: Mapping[str, str]  # the hash of each world's situations
    complete: bool  # no error and no Ctrl-C cut it off
    rollouts: str = DESCRIBED


def prompts_hash() -> str:
    """A short hash of all texts in `nodes/prompts.py`."""
    texts = {name: text for name, text in vars(prompts).items() if name.isupper()}
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:8]


def figures(asked: Sequence[Asked]) -> dict[str, dict[str, Figures]]:
    """By world and role, or `step` for a round of BiLLP, all figures."""
    found: dict[str, dict[str, Figures]] = {}
    for world in dict.fromkeys(one.world for one in asked):
        here = [one for one in asked if one.world == world]
        found[world] = {role: _of_role(role, here) for role in _roles(here)}
        if set(STEP) <= found[world].keys():
            found[world]["step"] = of_steps(here)
    return found


def write(path: Path, evaluation: Evaluation, asked: Sequence[Asked]) -> None:
    """Replaces a file by what was asked, answered and measured so far."""
    content = {
        "evaluation": asdict(evaluation),
        "figures": figures(asked),
        "asked": [
            {**asdict(one), "at_first_try": one.at_first_try, "is_fallback": one.is_fallback}
            for one in asked
        ],
    }
    durable.replace(path, json.dumps(content, ensure_ascii=False).encode())


def show(console: Console, evaluation: Evaluation, asked: Sequence[Asked]) -> None:
    """Prints what was measured."""
    hashes = ", ".join(f"{world} {digest}" for world, digest in evaluation.situations.items())
    asks = "held to a JSON schema" if evaluation.structured else "not held to a schema"
    print_line(console, f"chat model: {evaluation.model}; numbers {asks}")
    print_line(console, f"prompts {evaluation.prompts}; situations {hashes}")
    if not evaluation.complete:
        print_line(console, f"cut off after {len(asked)} situations")
    measured = figures(asked)
    console.print(_calls_table(measured, evaluation.concurrency))
    console.print(_answers_table(measured, evaluation))
    if any(call.refused for one in asked for call in one.calls):
        console.print(_refusals_table(asked))


def _of_role(role: Role, asked: Sequence[Asked]) -> Figures:
    of_role = [one for one in asked if one.role == role]
    return {**of_calls(of_role), **of_answers(role, of_role)}


def _roles(asked: Sequence[Asked]) -> list[Role]:
    there = {one.role for one in asked}
    return [role for role in ROLES if role in there]


def _calls_table(measured: Mapping[str, Mapping[str, Figures]], concurrency: int) -> Table:
    """Form and cost of calls by world and role."""
    shown = Table(title=f"calls: tokens and seconds of one, {concurrency} at once")
    for name in ("world", "role"):
        shown.add_column(name)
    for name in (*CALLS, *COSTS):
        shown.add_column(name, justify="right")
    for world, roles in measured.items():
        for role, of_role in roles.items():
            cells = [said(name, of_role.get(name)) for name in (*CALLS, *COSTS)]
            label = "a step" if role == "step" else role
            shown.add_row(world, label, *cells)
        shown.add_section()
    return shown


def _answers_table(measured: Mapping[str, Mapping[str, Figures]], evaluation: Evaluation) -> Table:
    """What answers are worth, a column a world."""
    shown = Table(title="answers", caption=f"returns of {evaluation.rollouts}")
    shown.add_column("role")
    shown.add_column(f"figure (the Actor names a {evaluation.choose})")
    for world in measured:
        shown.add_column(safe_text(world), justify="right")
    left_out = {*CALLS, *COSTS, "estimated"}
    for role in ROLES:
        names = dict.fromkeys(name for roles in measured.values() for name in roles.get(role, {}))
        for name in (name for name in names if name not in left_out):
            values = [roles.get(role, {}).get(name) for roles in measured.values()]
            shown.add_row(role, name, *(said(name, value) for value in values))
    return shown


def _refusals_table(asked: Sequence[Asked]) -> Table:
    """Why replies were refused, the most frequent reasons of each role."""
    shown = Table(title="refused replies")
    shown.add_column("role")
    shown.add_column("replies", justify="right")
    shown.add_column("why")
    for role in ROLES:
        calls = [call for one in asked if one.role == role for call in one.calls]
        reasons = Counter(call.refused for call in calls if call.refused)
        for reason, count in reasons.most_common(REASONS):
            shown.add_row(role, str(count), safe_text(reason))
    return shown


def said(name: str, value: float | None) -> str:
    """A figure as people read it."""
    if value is None:
        return UNKNOWN
    if name in PERCENT or name.startswith("place "):
        return f"{100 * value:.0f} %"
    return f"{value:.0f}" if name in WHOLE or name.startswith("distinct per") else f"{value:.2f}"
