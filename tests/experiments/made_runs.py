"""Run folders of a chosen shape and size, with the summary that their records come to."""

import csv
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from experiments.runs.cell import cell_of
from experiments.runs.files import write_json
from experiments.runs.presets import Phase
from experiments.runs.records import BatchRecord, Record
from experiments.runs.run_file import RunFile, WorldFacts, write_run
from experiments.runs.variants import Variant
from experiments.statistics.episodes import read_episodes
from experiments.statistics.figures import CriticFigures, SeedCurve, StudiedMoment
from experiments.statistics.summary import summarise_run
from graph.training import EpisodeFailure
from models import ROLES, Price
from nodes import Recall, Step, Usage, Verdict
from simulator import QuitCause, QuitRule
from stores import Row
from tests.experiments.made_records import FREE, record, run_file, step, variant

FIRST = ("Amber", "Broken", "Clockwork", "Distant", "Emerald", "Forgotten", "Gilded", "Hollow")
SECOND = ("Harbour", "Lantern", "Meridian", "Orchard", "Paradox", "Railway", "Sanctum", "Voyage")
CAUSES: tuple[QuitCause, ...] = ("similar", "disliked", "repeated")
HOSTILE = "</script><script>window.hacked = 1</script><script>alert(1)</script>"
ODD_TITLES = (HOSTILE, "=HYPERLINK(1)", "Half a pair \ud83d and a bell \x07", "مرحبا بالعالم")
SKILL = {"billp": 15, "reflexion": 12, "react": 11, "act-only": 6, "random": 3, "greedy": 4}
USUAL = tuple(map(variant, ("billp", "reflexion", "react", "act-only", "random")))


@dataclass(frozen=True)
class Plan:
    """What a run consists of."""

    variants: Sequence[Variant] = USUAL
    seeds: Sequence[int] = (0, 1, 2)
    episodes: int = 20
    train_episodes: int = 20
    batch: int = 5
    rounds: int = 30
    world: str = "steam"
    prices: Mapping[str, Price | None] = field(default_factory=lambda: {**FREE, "gpt-x": None})
    critic: bool = True
    fixed_length: int | None = None

    @property
    def run(self) -> RunFile:
        """The run's settings."""
        world = WorldFacts(self.world, "d41d8c", 1000, 3000, QuitRule(beta=0.4213))
        return run_file(
            *self.variants,
            prices=self.prices,
            world=world,
            seeds=tuple(self.seeds),
            episodes=self.episodes,
            train_episodes=self.train_episodes,
            batch=self.batch,
            max_rounds=self.rounds,
        )


def variant_named(name: str, method: str, **changes: Any) -> Variant:
    """A variant of a method under another name, with changes of its own."""
    return replace(variant(method), name=name, changes=changes)


def make_run(
    folder: Path, plan: Plan | None = None, curves: Mapping[str, Sequence[SeedCurve]] | None = None
) -> Path:
    """Writes the whole folder but for its report, and returns it."""
    plan = plan or Plan()
    folder.mkdir(parents=True, exist_ok=True)
    write_run(folder, plan.run)
    batches = {
        variant.name: [_play_cell(folder, plan, variant, seed) for seed in plan.seeds]
        for variant in plan.variants
    }
    episodes = read_episodes(folder, plan.run)
    titles = sorted({title for episode in episodes for title in episode.items})
    groups = {title: 1 + at % 5 for at, title in enumerate(titles)}
    critic = _critic(plan) if plan.critic else None
    summary = summarise_run(plan.run, episodes, batches, curves, groups, critic)
    write_json(folder / "summary.json", asdict(summary))
    _write_calls(folder / "calls.csv", plan)
    return folder


def _play_cell(folder: Path, plan: Plan, variant: Variant, seed: int) -> list[BatchRecord]:
    cell = cell_of(folder, variant.folder, seed)
    cell.open()
    settings = plan.run.settings
    rng, batches = random.Random(f"{variant.name} {seed}"), list[BatchRecord]()
    journal = [json.dumps({"schema": 1, "embedding": "minilm"})]
    with cell.episodes.open("w", encoding="utf-8") as lines:
        for phase in settings.phases(variant):
            for number in range(settings.count(phase)):
                made = _episode(plan, variant, seed, phase, number, rng)
                lines.write(json.dumps(made) + "\n")
                if phase == "train":
                    journal.append(json.dumps(_lessons(made)))
                    size = 61 * made["batch"]
                    rows = {"reflections": number + 1, "experiences": size, "values": size - 3}
                    batches.append(BatchRecord(phase="train", batch=made["batch"], rows=rows))
    if variant.learns:
        cell.memory("train").mkdir(exist_ok=True)
        (cell.memory("train") / "journal.jsonl").write_text("\n".join(journal) + "\n")
    return batches


def _episode(
    plan: Plan, variant: Variant, seed: int, phase: Phase, number: int, rng: random.Random
) -> Record:
    length, cause = _length(plan, variant, number, phase, rng)
    broke_off = variant.kind == "llm" and plan.fixed_length is None and rng.random() < 0.02
    steps = [
        _step(variant, at, cause if at == length else None, rng) for at in range(1, length + 1)
    ]
    principles = [{"text": _reflection(cause, at), "distance": 0.3 + at} for at in (1, 2)]
    return record(
        number,
        phase=phase,
        id=f"{variant.name}.{seed}.{phase}.{number}",
        variant=variant.name,
        seed=seed,
        batch=number // plan.batch + 1,
        user=(number * 7 + seed) % 40,
        started=number + 1 + (0 if phase == "train" else 10**6),
        history=[_title(rng) for _ in range(12)],
        steps=steps,
        verdicts=[_verdict(step, rng) for step in steps] if variant.judges else [],
        recalls=list(_recalls(steps, rng)) if variant.judges else [],
        principles=principles if variant.learns else [],
        usage=list(_usage(length)) if variant.kind == "llm" else [],
        reflection=_reflection(cause, 0) if variant.learns else "",
        cause=None if broke_off else cause,
        error=EpisodeFailure(type="APITimeoutError", message="timed out") if broke_off else None,
    )


def _length(
    plan: Plan, variant: Variant, number: int, phase: str, rng: random.Random
) -> tuple[int, QuitCause | None]:
    if plan.fixed_length:
        return plan.fixed_length, rng.choice(CAUSES)
    skill = SKILL.get(variant.method, 8) * 4 / variant.changes.get("window", 4)
    if phase == "train":
        skill *= 0.5 + 0.5 * number / plan.train_episodes
    length = max(1, round(rng.expovariate(1 / skill)))
    return (plan.rounds, None) if length >= plan.rounds else (length, rng.choice(CAUSES))


def _title(rng: random.Random) -> str:
    if rng.random() < 0.01:
        return rng.choice(ODD_TITLES)
    return f"{rng.choice(FIRST)} {rng.choice(SECOND)} {rng.randrange(1, 60)}"


def _step(variant: Variant, at: int, cause: QuitCause | None, rng: random.Random) -> Step:
    title = _title(rng)
    reward = rng.uniform(1.0, 1.9) if cause == "disliked" else rng.uniform(3.2, 5.0)
    if variant.kind != "llm":
        return step(at, title, round(reward, 3), quit=cause)
    thought = (
        f"The user has stayed with quiet puzzles so far; round {at} should open another door, "
        "something with a story, before the same kind comes up again."
    )
    return step(
        at,
        title,
        round(reward, 3),
        quit=cause,
        thought=thought,
        plan="another door",
        reply=f"recommend[{title}]",
        found=rng.choices(("exact", "normalised", "fuzzy", "nearest"), (70, 14, 8, 8))[0],
    )


def _verdict(step: Step, rng: random.Random) -> Verdict:
    value, after = round(rng.uniform(4, 9), 4), round(rng.uniform(4, 9), 4)
    target = round(step["reward"] + 0.5 * after, 4)
    advantage = round(target - value, 4)
    return Verdict(
        round=step["round"],
        value=value,
        next_value=after,
        advantage=advantage,
        target=target,
        verdict=1 if advantage >= 0 else 0,
    )


def _state_text(at: int) -> str:
    return "; ".join(f"{FIRST[(at + i) % 8]} {SECOND[(at * i) % 8]} {i}" for i in range(10))


def _recalls(steps: Sequence[Step], rng: random.Random) -> Iterator[Recall]:
    for role, memory in (("actor", "experiences"), ("critic", "values")):
        for at in range(1, len(steps) + 1):
            if rng.random() < 0.5:
                found = {"role": role, "memory": memory, "round": at}
                distance = round(rng.uniform(0, 0.1), 4)
                id_ = Row(_state_text(at), {}).id
                yield {**found, "id": id_, "distance": distance}  # type: ignore[typeddict-item]


def _reflection(cause: str | None, which: int) -> str:
    return (
        f"The session ended since what was shown was {cause or 'still welcome'}. Next time, change "
        f"the genre every {which + 2} rounds, and come back to a favourite only after a pause."
    )


def _usage(length: int) -> Iterator[Usage]:
    for at in range(1, length + 1):
        for role in ROLES[:2]:
            yield Usage(
                round=at,
                role=role,
                calls=1,
                input=900 + 20 * at,
                output=60,
                cached=700,
                estimated=0,
            )


def _lessons(record: Record) -> dict[str, Any]:
    def row(text: str, key: str, at: int, **fact: Any) -> dict[str, Any]:
        return {"text": text, "entries": {key: {"at": at, **fact}}, "touched": at}

    at = record["started"] * 1000
    rows: dict[str, list[Any]] = {"reflections": [], "experiences": [], "values": []}
    rows["reflections"].append(row(record["reflection"], record["id"], at, length=1, reward=1.0))
    for played, verdict in zip(record["steps"], record["verdicts"], strict=False):
        text, stamp = _state_text(played["round"]), at + played["round"]
        rows["experiences"].append(row(text, played["item"], stamp, verdict=verdict["verdict"]))
        rows["values"].append(row(text, "value", stamp, target=verdict["target"]))
    return {"episode": record["id"], "at": 1, "rows": rows, "used": {}}


def _write_calls(path: Path, plan: Plan) -> None:
    rng = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["role", "model", "input", "output", "cached", "estimated", "seconds"])
        for model in sorted({one.model for one in plan.variants if one.model}):
            for role in ROLES:
                for _ in range(60):
                    out.writerow([role, model, 1000, 50, 600, 0, rng.uniform(0.2, 3)])


def _critic(plan: Plan) -> CriticFigures:
    rng = random.Random(3)
    states = []
    for at in range(10):
        estimates = [round(rng.gauss(7, 0.4), 4) for _ in range(100)]
        returns = [round(rng.gauss(6.5 + at / 10, 1.4), 4) for _ in range(1000)]
        states.append(
            StudiedMoment(
                user=at,
                round=at % 5,
                estimates=estimates,
                returns=returns,
                estimate_mean=fmean(estimates),
                estimate_sd=stdev(estimates),
                return_mean=fmean(returns),
                return_sd=stdev(returns),
                bias=fmean(estimates) - fmean(returns),
            )
        )
    return CriticFigures(variant=plan.variants[0].name, gamma=0.5, states=states)
