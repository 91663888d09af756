"""Reading records: one by one, whatever state the files are in."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from experiments.errors import RunError
from experiments.report.markup import visible
from experiments.report.step_by_step import BUDGET, StepByStep, choose, most_worth_seeing, own_facts
from experiments.runs.cell import read_record
from experiments.runs.run_file import read_run
from experiments.statistics.episodes import Episode, read_episodes
from nodes.trajectory import state_text
from stores import Row
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run

PLAN = Plan(
    variants=(variant("billp"), variant("random")), seeds=(0, 1), episodes=12, train_episodes=6
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_run(tmp_path, PLAN)


def episodes(folder: Path) -> list[Episode]:
    """What the report lists, in its order."""
    found = read_episodes(folder, read_run(folder), lambda _: None)
    return sorted(found, key=lambda one: (one.phase == "train", one.variant, one.place))


def chosen_of(folder: Path, budget: int = BUDGET) -> StepByStep:
    return choose(folder / "cells", episodes(folder), PLAN.batch, budget)


def lines(folder: Path) -> Path:
    return folder / "cells" / "billp.0" / "episodes.jsonl"


def test_every_episode_is_read_once(folder: Path) -> None:
    found = episodes(folder)
    assert len(found) == 2 * 12 * 2 + 2 * 6
    assert len({episode.place for episode in found}) == len(found)
    assert [episode.phase for episode in found] == ["frozen"] * 48 + ["train"] * 12
    assert [episode.variant for episode in found[:48]] == ["billp"] * 24 + ["random"] * 24


def test_the_whole_record_is_found_again(folder: Path) -> None:
    records = [json.loads(line) for line in lines(folder).read_text().splitlines()]
    found = {e.place: e for e in episodes(folder)}
    for record in records:
        place = tuple(record[key] for key in ("phase", "variant", "seed", "number"))
        episode = found[place]
        assert read_record(episode.path, episode.offset) == record
        assert episode.rounds == len(record["steps"])
        assert episode.r_traj == pytest.approx(sum(s["reward"] for s in record["steps"]), abs=1e-3)


def test_an_unfinished_last_line_is_passed_over_silently(folder: Path) -> None:
    before = episodes(folder)
    with lines(folder).open("a") as file:
        file.write('{"id": "half')
    assert episodes(folder) == before


@pytest.mark.parametrize("line", ["not json", "[]", '{"id": "x"}', '"text"', '{"steps": 3}'])
def test_a_damaged_line_is_counted_and_nothing_else_is_lost(folder: Path, line: str) -> None:
    before, damaged = episodes(folder), list[RunError]()
    lines(folder).write_text(line + "\n" + lines(folder).read_text())
    after = read_episodes(folder, read_run(folder), damaged.append)
    assert {episode.place for episode in after} == {episode.place for episode in before}
    assert len(damaged) == 1


def test_of_an_episode_that_was_played_again_the_last_record_counts(folder: Path) -> None:
    record = json.loads(lines(folder).read_text().splitlines()[0])
    failed = {**record, "steps": [], "cause": None, "error": {"type": "Lost", "message": ""}}
    with lines(folder).open("a") as file:
        file.write(json.dumps(failed) + "\n")
    place = ("train", "billp", 0, 0)
    [episode] = [e for e in episodes(folder) if e.place == place]
    assert (episode.end, episode.error) == ("failed", "Lost")


def test_the_budget_holds_and_the_choice_is_the_same_again(folder: Path) -> None:
    chosen = chosen_of(folder, 60_000)
    assert 0 < len(chosen.steps) < len(episodes(folder))
    assert sum(len(text.encode()) for text in chosen.steps.values()) <= 60_000
    assert chosen == chosen_of(folder, 60_000)


def test_with_room_for_all_every_episode_is_shown(folder: Path) -> None:
    assert len(chosen_of(folder).steps) == len(episodes(folder))


def test_best_worst_middle_and_each_end_come_first_from_every_group(folder: Path) -> None:
    found = episodes(folder)
    groups: dict[Any, list[Episode]] = {}
    for episode in found:
        groups.setdefault(episode.place[:3], []).append(episode)
    order = list(most_worth_seeing(found))
    assert sorted(map(str, order)) == sorted(map(str, found))
    early = set(order[: len(groups) * 9])
    for group in groups.values():
        played = sorted((e for e in group if e.end != "failed"), key=lambda e: -e.r_traj)
        assert {played[0].r_traj, played[-1].r_traj} <= {e.r_traj for e in early & set(group)}
        assert {e.end for e in group} == {e.end for e in early & set(group)}


def test_texts_of_what_was_retrieved_come_from_the_journals(folder: Path) -> None:
    chosen = chosen_of(folder)
    journal = (folder / "cells" / "billp.0" / "memory" / "journal.jsonl").read_text()
    assert chosen.retrieved.texts
    assert all(json.dumps(text)[1:-1] in journal for text in chosen.retrieved.texts.values())
    wanted = {r[3] for text in chosen.steps.values() for r in json.loads(text)["recalls"]}
    assert set(chosen.retrieved.texts) <= wanted


def test_what_a_memory_said_comes_with_when_it_was_learned(folder: Path) -> None:
    facts = chosen_of(folder).retrieved.facts
    assert set(facts) == {"billp.0/memory", "billp.1/memory"}
    for seed in (0, 1):
        told = facts[f"billp.{seed}/memory"]
        trained = [
            record
            for line in (folder / "cells" / f"billp.{seed}" / "episodes.jsonl").open()
            if (record := json.loads(line))["phase"] == "train"
        ]
        items = {
            (r["started"] * 1000 + s["round"], s["item"], v["verdict"])
            for r in trained
            for s, v in zip(r["steps"], r["verdicts"], strict=True)
        }
        targets = {v["target"] for r in trained for v in r["verdicts"]}
        experiences = [fact for known in told["experiences"].values() for fact in known]
        values = [fact for known in told["values"].values() for fact in known]
        assert experiences
        assert values
        assert {(at, shown) for at, shown, _ in experiences} <= {
            (at, visible(item)) for at, item, _ in items
        }
        assert {target for _, target, _ in values} <= targets


def test_what_a_session_taught_itself_stands_with_it(folder: Path) -> None:
    record = next(r for r in map(json.loads, lines(folder).open()) if len(r["verdicts"]) > 2)
    before = state_before(record, 2)
    facts = own_facts(record, {("experiences", before), ("values", before), ("values", "other")})
    judged, stamp = record["verdicts"][1], record["started"] * 1000 + 2
    item = visible(record["steps"][1]["item"])
    assert facts == {
        "experiences": {before: [[stamp, item, judged["verdict"]]]},
        "values": {before: [[stamp, judged["target"], "value"]]},
    }


def state_before(record: dict[str, Any], round_: int) -> str:
    return Row(state_text(record["history"], record["steps"][: round_ - 1]), {}).id


def test_an_episode_saw_nothing_of_its_own_batch(folder: Path) -> None:
    chosen = chosen_of(folder)
    for at, episode in enumerate(episodes(folder)):
        if episode.variant == "billp" and episode.phase == "train":
            first = 1 + episode.number - episode.number % PLAN.batch
            assert json.loads(chosen.steps[at])["before"] == 1000 * first


def test_a_damaged_journal_costs_only_its_own_texts(folder: Path) -> None:
    before = chosen_of(folder).retrieved
    for path in folder.glob("cells/*/memory/journal.jsonl"):
        path.write_text('{"rows": {"values": [{"no": 1}]}}\nnot json\n' + path.read_text() + '{"ro')
    assert chosen_of(folder).retrieved == before


def test_memory_does_not_grow_with_the_records(tmp_path: Path) -> None:
    plan = Plan(
        variants=(variant("billp"),), seeds=(0,), episodes=600, train_episodes=1, fixed_length=30
    )
    folder = make_run(tmp_path, plan)
    size = lines(folder).stat().st_size
    tracemalloc.start()
    choose(folder / "cells", episodes(folder), plan.batch, 500_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 12_000_000
    assert peak < size / 4
