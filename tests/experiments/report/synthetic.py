"""Run folders made by code, in the shape that runs leave behind, for reports to be tested on."""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from stores import Row

FIRST = ("Amber", "Broken", "Clockwork", "Distant", "Emerald", "Forgotten", "Gilded", "Hollow")
SECOND = ("Harbour", "Lantern", "Meridian", "Orchard", "Paradox", "Railway", "Sanctum", "Voyage")
CAUSES = ("similar", "disliked", "repeated")
FOUND = ("exact", "normalised", "fuzzy", "nearest")
FREE = {"input": 0.0, "cached": 0.0, "output": 0.0}
HOSTILE = "</script><script>window.hacked = 1</script><script>alert(1)</script>"
FORMULA = "=HYPERLINK(1)"
SKILL = {"billp": 15, "reflexion": 12, "react": 11, "act-only": 6, "random": 3, "greedy": 4}
MEMORIES = ("reflections", "experiences", "values")

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a made-up run is made of."""

    variants: Sequence[Mapping[str, Any]] = ()
    seeds: Sequence[int] = (0, 1, 2)
    episodes: int = 20
    train_episodes: int = 20
    batch: int = 5
    rounds: int = 30
    users: int = 40
    world: str = "steam"
    evaluate: Sequence[str] = ("frozen",)
    prices: Mapping[str, Any] = field(default_factory=lambda: {"offline": FREE, "gpt-x": None})
    critic: bool = True
    thought: int = 1
    fixed_length: int | None = None


def llm(name: str, method: str = "", model: str = "offline", **changes: Any) -> Json:
    """A variant that speaks."""
    named = {"name": name, "kind": "llm", "method": method or name}
    return {**named, "model": model, "changes": changes}


def policy(name: str) -> Json:
    """A variant without a chat model."""
    return {"name": name, "kind": "policy", "method": name, "model": None, "changes": {}}


USUAL = (llm("billp"), llm("reflexion"), llm("react"), llm("act-only"), policy("random"))


def make_run(folder: Path, plan: Plan | None = None) -> Path:
    """Writes the whole folder and returns it."""
    plan = plan or Plan(variants=USUAL)
    folder.mkdir(parents=True, exist_ok=True)
    played: dict[str, dict[str, list[Json]]] = {}
    for variant in plan.variants:
        for seed in plan.seeds:
            records = _play_cell(folder, plan, variant, seed)
            for record in records:
                phases = played.setdefault(variant["name"], {})
                phases.setdefault(record["phase"], []).append(_outcome(record))
    write_json(folder / "run.json", run_file(plan))
    write_json(folder / "summary.json", summary_file(plan, played))
    _write_calls(folder / "calls.csv", plan)
    return folder


def write_json(path: Path, content: Any) -> None:
    """A JSON file as runs write them."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def run_file(plan: Plan) -> Json:
    """What `run.json` says of a plan."""
    settings = {
        "preset": "table3",
        "world": plan.world,
        "model": "offline",
        "base_url": None,
        "variants": [dict(variant) for variant in plan.variants],
        "seeds": list(plan.seeds),
        "episodes": plan.episodes,
        "train_episodes": plan.train_episodes,
        "batch": plan.batch,
        "max_rounds": plan.rounds,
        "evaluate": list(plan.evaluate),
    }
    versions = {"billp": "0.1.0", "python": "3.11.2", "langgraph": "1.2.22"}
    return {
        "schema": 1,
        "preset": "table3",
        "settings": settings,
        "world": _world(plan),
        "versions": versions,
        "prices": dict(plan.prices),
    }


def _world(plan: Plan) -> Json:
    rule = {"beta": 0.4213, "window": 4, "min_reward": 2.0, "no_repeats": True}
    return {"name": plan.world, "digest": "d41d8c", "users": 1000, "items": 3000, "rule": rule}


def _play_cell(folder: Path, plan: Plan, variant: Mapping[str, Any], seed: int) -> list[Json]:
    cell = folder / "cells" / f"{variant['name']}.{seed}"
    cell.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"{variant['name']} {seed}")
    learns = variant["method"] in ("billp", "reflexion")
    phases = [("train", plan.train_episodes)] if learns else []
    phases += [(phase, plan.episodes) for phase in plan.evaluate]
    outcomes = []
    journal = [json.dumps({"schema": 1, "embedding": "minilm"})]
    with (cell / "episodes.jsonl").open("w", encoding="utf-8") as lines:
        for phase, number_of in phases:
            for number in range(number_of):
                record = episode(plan, variant, seed, phase, number, rng)
                lines.write(json.dumps(record) + "\n")
                outcomes.append(record if plan.fixed_length is None else _outcome_only(record))
                if phase == "train":
                    journal.append(json.dumps(_lessons(record)))
    if learns:
        (cell / "memory").mkdir(exist_ok=True)
        (cell / "memory" / "journal.jsonl").write_text("\n".join(journal) + "\n", encoding="utf-8")
    return outcomes


def _outcome_only(record: Json) -> Json:
    """Small enough to keep thousands of."""
    steps = [{"reward": step["reward"], "item": step["item"]} for step in record["steps"]]
    return {**record, "steps": steps, "recalls": (), "verdicts": (), "usage": (), "principles": ()}


def episode(
    plan: Plan, variant: Mapping[str, Any], seed: int, phase: str, number: int, rng: random.Random
) -> Json:
    """A record of the shape of experiments.runs.records.Record."""
    speaks = variant["kind"] == "llm"
    length, cause = _length(plan, variant, number, phase, rng)
    failed = speaks and plan.fixed_length is None and rng.random() < 0.02
    steps = [_step(plan, speaks, at, length, cause, rng) for at in range(1, length + 1)]
    critic = variant["method"] == "billp"
    return {
        "id": f"{variant['name']}.{seed}.{phase}.{number}",
        "variant": variant["name"],
        "seed": seed,
        "phase": phase,
        "number": number,
        "batch": number // plan.batch + 1 if phase == "train" else 0,
        "user": (number * 7 + seed) % plan.users,
        "started": number + 1 + (0 if phase == "train" else 10**6),
        "history": [_title(rng) for _ in range(12)],
        "steps": steps,
        "verdicts": [_verdict(step, rng) for step in steps] if critic else [],
        "recalls": _recalls(steps, rng) if critic else [],
        "principles": _principles() if variant["method"] in ("billp", "reflexion") else [],
        "usage": [_usage(at, role) for at in range(1, length + 1) for role in ("planner", "actor")]
        if speaks
        else [],
        "reflection": _reflection(cause, 0) if variant["method"] in ("billp", "reflexion") else "",
        "cause": None if failed else cause,
        "error": {"type": "APITimeoutError", "message": "Request timed out."} if failed else None,
    }


def _length(
    plan: Plan, variant: Mapping[str, Any], number: int, phase: str, rng: random.Random
) -> tuple[int, str | None]:
    if plan.fixed_length:
        return plan.fixed_length, rng.choice(CAUSES)
    skill = SKILL.get(variant["method"], 8) * 4 / variant["changes"].get("window", 4)
    if phase == "train":
        skill *= 0.5 + 0.5 * number / plan.train_episodes
    length = max(1, round(rng.expovariate(1 / skill)))
    return (plan.rounds, None) if length >= plan.rounds else (length, rng.choice(CAUSES))


def _title(rng: random.Random) -> str:
    if rng.random() < 0.01:
        return rng.choice((HOSTILE, FORMULA, "Half a pair \ud83d and a bell \x07", "مرحبا بالعالم"))
    return f"{rng.choice(FIRST)} {rng.choice(SECOND)} {rng.randrange(1, 60)}"


def _step(
    plan: Plan, speaks: bool, at: int, length: int, cause: str | None, rng: random.Random
) -> Json:
    title = _title(rng)
    last = at == length and cause is not None
    reward = rng.uniform(1.0, 1.9) if last and cause == "disliked" else rng.uniform(3.2, 5.0)
    thought = (
        f"The user has stayed with quiet puzzles so far; round {at} should open another door, "
        "something with a story, before the same kind comes up again."
    )
    found = rng.choices(FOUND, (70, 14, 8, 8))[0]
    return {
        "round": at,
        "thought": " ".join([thought] * plan.thought) if speaks else "",
        "plan": "another door" if speaks else "",
        "reply": f"recommend[{title}]" if speaks else "",
        "item": title,
        "found": found if speaks else "exact",
        "reward": round(reward, 3),
        "quit": cause if last else None,
    }


def _verdict(step: Json, rng: random.Random) -> Json:
    value, after = round(rng.uniform(4, 9), 4), round(rng.uniform(4, 9), 4)
    target = round(step["reward"] + 0.5 * after, 4)
    advantage = round(target - value, 4)
    found = {"round": step["round"], "value": value, "next_value": after}
    return {**found, "advantage": advantage, "target": target, "verdict": int(advantage >= 0)}


def state_text(at: int) -> str:
    """The text of a situation that memories were asked about."""
    return "; ".join(f"{FIRST[(at + i) % 8]} {SECOND[(at * i) % 8]} {i}" for i in range(10))


def _recalls(steps: Sequence[Json], rng: random.Random) -> list[Json]:
    found: list[Json] = []
    for role, memory in (("actor", "experiences"), ("critic", "values")):
        for step in steps:
            if rng.random() < 0.5:
                id_ = Row(state_text(step["round"]), {}).id
                at = {"round": step["round"], "role": role, "memory": memory}
                found.append({**at, "id": id_, "distance": round(rng.uniform(0, 0.1), 4)})
    return found


def _principles() -> list[Json]:
    texts = [_reflection("similar", 1), _reflection("disliked", 2)]
    return [{"text": text, "distance": 0.31 + 0.1 * at} for at, text in enumerate(texts)]


def _reflection(cause: str | None, which: int) -> str:
    return (
        f"The session ended since what was shown was {cause or 'still welcome'}. Next time, change "
        f"the genre every {which + 2} rounds, and come back to a favourite only after a pause."
    )


def _usage(at: int, role: str) -> Json:
    tokens = {"calls": 1, "input": 900 + 20 * at, "output": 60, "cached": 700, "estimated": 0}
    return {"round": at, "role": role, **tokens}


def _lessons(record: Json) -> Json:
    def row(text: str, key: str, at: int, **fact: Any) -> Json:
        return {"text": text, "entries": {key: {"at": at, **fact}}, "touched": at}

    at = record["started"] * 1000
    experiences, values = [], []
    for step, verdict in zip(record["steps"], record["verdicts"], strict=False):
        text, stamp = state_text(step["round"]), at + step["round"]
        experiences.append(row(text, step["item"], stamp, verdict=verdict["verdict"]))
        values.append(row(text, "value", stamp, target=verdict["target"]))
    reflections = [row(record["reflection"], record["id"], at, length=1, reward=1.0)]
    kept = {"reflections": reflections, "experiences": experiences, "values": values}
    return {"episode": record["id"], "at": 1, "rows": kept, "used": {}}


def _outcome(record: Json) -> Json:
    return {
        **{key: record[key] for key in ("seed", "user", "number", "batch", "cause")},
        "failed": record["error"] is not None,
        "rewards": [step["reward"] for step in record["steps"]],
        "items": len({step["item"] for step in record["steps"]}),
    }


def _write_calls(path: Path, plan: Plan) -> None:
    rng = random.Random(5)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["role", "model", "input", "output", "cached", "estimated", "seconds"])
        models = sorted({v["model"] for v in plan.variants if v["model"]})
        for model in models:
            for role in ("planner", "actor", "critic", "reflector"):
                for _ in range(60):
                    seconds = round(rng.lognormvariate(0, 0.6), 4)
                    out.writerow([role, model, 1000, 50, 600, 0, seconds])


def summary_file(plan: Plan, played: Mapping[str, Mapping[str, list[Json]]]) -> Json:
    """What `summary.json` says, its intervals only roughly those of the real one."""
    variants = {}
    for variant in plan.variants:
        phases = played[variant["name"]]
        variants[variant["name"]] = {
            **{key: variant[key] for key in ("kind", "method", "model", "changes")},
            "phases": {phase: _phase(plan, variant, found) for phase, found in phases.items()},
            "learning": _learning(phases.get("train", [])),
            "growth": _growth(phases.get("train", [])),
        }
    return {
        "schema": 1,
        "preset": "table3",
        "world": _world(plan),
        "rounds": plan.rounds,
        "seeds": list(plan.seeds),
        "variants": variants,
        "paired": _paired(plan, played),
        "critic": _critic(plan) if plan.critic else None,
    }


def _phase(plan: Plan, variant: Mapping[str, Any], found: list[Json]) -> Json:
    whole = [outcome for outcome in found if not outcome["failed"]]
    speaks, errors = variant["kind"] == "llm", len(found) - len(whole)
    ends = Counter(outcome["cause"] or "stayed" for outcome in whole)
    return {
        "episodes": len(whole),
        "errors": errors,
        "error_types": {"APITimeoutError": errors} if errors else {},
        "users": len({outcome["user"] for outcome in whole}),
        **_metrics([outcome["rewards"] for outcome in whole]),
        "without_last": _metrics([o["rewards"][: -1 if o["cause"] else None] for o in whole]),
        "seed_spread": _seed_spread(plan, whole),
        "ends": dict(sorted(ends.items())),
        "survival": _survival(plan, whole),
        "distinct_items": {"per_episode": est([o["items"] for o in whole]), "overall": 812},
        "repeats": 0.25,
        "groups": [0.41, 0.24, 0.17, 0.11, 0.07] if speaks else [0.2] * 5,
        "found": dict(zip(FOUND, (0.7, 0.14, 0.08, 0.08), strict=True)) if speaks else None,
        "memory": _memory_use(variant),
        "usage": {role: _role_usage(len(whole)) for role in ("planner", "actor")}
        if speaks
        else None,
        "money": 0.0 if variant["model"] == "offline" else None,
    }


def _role_usage(episodes: int) -> Json:
    return {"calls": 12 * episodes, "input": 15000 * episodes, "output": 700, "cached": 9000}


def _memory_use(variant: Mapping[str, Any]) -> Json | None:
    if variant["method"] not in ("billp", "reflexion"):
        return None
    asked = MEMORIES if variant["method"] == "billp" else MEMORIES[:1]
    return {name: {"asked": 100, "hit": 0.37, "distance": 0.083} for name in asked}


def est(values: Iterable[float]) -> Json:
    """A mean with an interval that is roughly right."""
    found = list(values)
    if not found:
        return {"mean": 0.0, "low": None, "high": None}
    mean = fmean(found)
    if len(found) < 2:
        return {"mean": round(mean, 6), "low": None, "high": None}
    reach = 1.96 * stdev(found) / len(found) ** 0.5
    return {"mean": round(mean, 6), "low": round(mean - reach, 6), "high": round(mean + reach, 6)}


def _metrics(rewards: Sequence[Sequence[float]]) -> Json:
    each = [fmean(r) for r in rewards if r]
    return {
        "len": est([len(r) for r in rewards]),
        "r_each": est(each),
        "r_traj": est([sum(r) for r in rewards]),
    }


def _seed_spread(plan: Plan, found: list[Json]) -> Json | None:
    if len(plan.seeds) < 2:
        return None
    by_seed = [[o["rewards"] for o in found if o["seed"] == seed] for seed in plan.seeds]
    means = [_metrics(rewards) for rewards in by_seed]
    return {n: round(stdev(m[n]["mean"] for m in means), 6) for n in ("len", "r_each", "r_traj")}


def _survival(plan: Plan, found: list[Json]) -> list[Json]:
    total = max(1, len(found))
    points = []
    for round_ in range(1, plan.rounds + 1):
        left = Counter(o["cause"] for o in found if o["cause"] and len(o["rewards"]) <= round_)
        shares = {cause: round(left[cause] / total, 6) for cause in CAUSES}
        points.append({"round": round_, "alive": round(1 - sum(shares.values()), 6), **shares})
    return points


def _learning(found: list[Json]) -> list[Json]:
    batches = sorted({outcome["batch"] for outcome in found})
    return [
        {"batch": batch, "episodes": len(of), **_metrics([o["rewards"] for o in of])}
        for batch in batches
        if (of := [o for o in found if o["batch"] == batch])
    ]


def _growth(found: list[Json]) -> list[Json]:
    batches = sorted({outcome["batch"] for outcome in found})
    return [
        {"batch": b, "reflections": 5.0 * b, "experiences": 61.5 * b, "values": 58.0 * b}
        for b in batches
    ]


def _paired(plan: Plan, played: Mapping[str, Mapping[str, list[Json]]]) -> list[Json]:
    rows = []
    for phase in plan.evaluate:
        for a, b in combinations([variant["name"] for variant in plan.variants], 2):
            pairs = [
                (x["rewards"], y["rewards"])
                for x, y in zip(played[a][phase], played[b][phase], strict=False)
                if not x["failed"] and not y["failed"]
            ]
            rows.append(
                {
                    "phase": phase,
                    "a": a,
                    "b": b,
                    "pairs": len(pairs),
                    "len": est([len(x) - len(y) for x, y in pairs]),
                    "r_each": est([fmean(x) - fmean(y) for x, y in pairs]),
                    "r_traj": est([sum(x) - sum(y) for x, y in pairs]),
                }
            )
    return rows


def _critic(plan: Plan) -> Json:
    rng = random.Random(3)
    states = []
    for at in range(10):
        estimates = [round(rng.gauss(7, 0.4), 4) for _ in range(100)]
        returns = [round(rng.gauss(6.5 + at / 10, 1.4), 4) for _ in range(1000)]
        states.append(
            {
                "user": at,
                "round": at % 5,
                "estimates": estimates,
                "returns": returns,
                "estimate_mean": fmean(estimates),
                "estimate_sd": stdev(estimates),
                "return_mean": fmean(returns),
                "return_sd": stdev(returns),
                "bias": fmean(estimates) - fmean(returns),
            }
        )
    return {"variant": plan.variants[0]["name"], "gamma": 0.5, "states": states}
