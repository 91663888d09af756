"""What a run plays and with what: said before the first call, and where it is shown."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.runs.presets import Phase
from experiments.runs.reply_notes import reply_notes
from experiments.runs.run_file import RunFile
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from simulator.text import plural

PHASE_WORDS: dict[Phase, str] = {
    "train": "to learn from",
    "frozen": "evaluated",
    "online": "evaluated while learning on",
}


def plan_lines(settings: RunSettings) -> Iterator[str]:
    """Methods, seeds and episodes of each phase, and the sum of them."""
    models = dict.fromkeys(m for one in settings.variants for m in one.chat_models.values())
    asked = f", chat model {', '.join(models)}" if models else ""
    yield (
        f"preset {settings.preset} in world {settings.world!r}{asked}, sessions of at "
        f"most {plural(settings.max_rounds, 'round')}"
    )
    if replies := reply_notes(settings):
        yield f"  replies: {replies}"
    groups = dict[tuple[Phase, ...], list[Variant]]()
    for variant in settings.variants:
        groups.setdefault(settings.phases(variant), []).append(variant)
    for phases, members in groups.items():
        yield f"  {_names(members)}: {_product(settings, phases, members)}"
    if memories := memory_note(settings):
        yield f"  memories: {memories}"
    if budget := _budget(settings):
        yield f"  {budget}"
    if study := settings.critic:
        yield (
            f"  a study of the Critic: {plural(study.states, 'state')} x "
            f"({plural(study.estimates, 'estimate')} + {plural(study.rollouts, 'session')})"
        )
    yield f"  in all {plural(_total(settings), 'episode')}"


def about_lines(run: RunFile) -> Iterator[str]:
    """The chat models of a run, its world, and the versions that played it."""
    models = dict.fromkeys(m for roles in (run.models or {}).values() for m in roles.values())
    if models:
        yield f"chat models: {', '.join(models)}"
    rule = run.world.rule
    quits = f", beta {rule.beta:.4f}, window {rule.window}" if rule else ""
    yield (
        f"world: {run.world.name}, {run.world.users} users, {run.world.items} items{quits}, "
        f"digest {run.world.digest}"
    )
    yield f"versions: {', '.join(f'{name} {of}' for name, of in run.versions.items())}"


def memory_note(settings: RunSettings) -> str:
    """Whose memories an evaluation has: `of the run mine; billp-fused has those of billp`."""
    if not settings.trained:
        return ""
    told = (f"{v.name} has those of {v.memory_of}" for v in settings.variants if v.memory_of)
    return "; ".join([f"of the run {Path(settings.trained).name}", *told])


def _names(members: Sequence[Variant]) -> str:
    return ", ".join(one.name for one in members)


def _product(settings: RunSettings, phases: Sequence[Phase], members: Sequence[Variant]) -> str:
    """`2 arms x 3 seeds x (100 episodes to learn from + 100 evaluated)`."""
    first, *others = phases
    counts = f"{plural(settings.count(first), 'episode')} {PHASE_WORDS[first]}"
    for phase in others:
        counts += f" + {settings.count(phase):,} {PHASE_WORDS[phase]}"
    counts = f"({counts})" if others else counts
    seeds = plural(len(settings.seeds), "seed")
    return f"{plural(len(members), 'arm')} x {seeds} x {counts}"


def _budget(settings: RunSettings) -> str:
    """What baselines learn from beforehand."""
    methods = [one.method for one in settings.variants if one.kind == "rl"]
    if not methods:
        return ""
    from baselines import find_method  # loads torch

    baselines = [find_method(method).learner for method in methods]
    online = sum(learner.online for learner in baselines)
    budget = settings.rl
    updates = f"{plural(budget.updates, 'update')} of {plural(budget.batch, 'logged round')}"
    ways = {
        f"online on {plural(budget.transitions, 'round')}": online,
        f"offline by {updates}": len(baselines) - online,
    }
    seeds = plural(len(settings.seeds), "seed")
    told = (f"{plural(n, 'baseline')} x {seeds} {how}" for how, n in ways.items() if n)
    return f"trained before: {', '.join(told)}"


def _total(settings: RunSettings) -> int:
    each = (settings.count(p) for one in settings.variants for p in settings.phases(one))
    return len(settings.seeds) * sum(each)
