"""The evaluation of prompts: its situations, and what it says of models that fail in known ways."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from benchmarks.prompts import places
from benchmarks.prompts.command import main
from benchmarks.prompts.situations import ROUNDS, situations_of
from models import FREE, ROLES, Form, Reply, Role, ScriptedChatModel, Tokens, register_model
from nodes.trajectory import first_messages

FEW = 6
PLAN = "They liked puzzles and strategy. Next: puzzle, then racing."
ALWAYS: dict[Role, list[str]] = {
    "planner": [PLAN],
    "actor": ["1"],
    "critic": ["7.5"],
    "reflector": ["Why: bored\nGenres: Puzzle\nRest: soon\nShow: Racing\nAvoid: none"],
}


async def echoing(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
    """Answers with its question."""
    question = messages[first_messages(role, messages) - 1].text.partition("## Your turn\n")[2]
    return Reply(AIMessage(question.rpartition("\n")[0]), Tokens(10, 10))


class Interrupted:
    """Answers a few calls; then somebody presses Ctrl-C."""

    calls = 0

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        self.calls += 1
        if self.calls > FEW:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
        return Reply(AIMessage(ALWAYS[role][0]), Tokens(10, 10))


def evaluated(folder: Path, model: str, *options: str, status: int = 0) -> dict[str, Any]:
    """What the program writes about a model on the demo world."""
    file = folder / "evaluation.json"
    given = ["--model", model, "--world", "demo", "--situations", str(FEW), "--json", str(file)]
    assert main([*given, *options]) == status
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def of_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of a model that always answers the same."""
    model = register_model("always-one", ScriptedChatModel(replies=ALWAYS))
    roles: dict[str, Any] = evaluated(tmp_path_factory.mktemp("one"), model)["figures"]["demo"]
    return roles


async def test_situations_made_twice_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for home in ("first", "second"):
        monkeypatch.setenv("BILLP_HOME", str(tmp_path / home))
        made.append(await situations_of("demo", "demo", 3, seed=1))
    assert made[0].digest == made[1].digest
    assert made[0].situations == made[1].situations


async def test_each_role_has_its_situations_in_varied_rounds() -> None:
    stored = await situations_of("demo", "demo", FEW, seed=0)
    for role in ROLES:
        found = [one for one in stored.situations if one.role == role]
        assert len({one.user for one in found}) == FEW
        assert len({one.round for one in found}) > 2
        assert all(one.round <= ROUNDS for one in found if role != "reflector")


def test_the_offline_model_is_wholly_in_form(tmp_path: Path) -> None:
    found = evaluated(tmp_path, "offline")
    roles = found["figures"]["demo"]
    for role in ROLES:
        assert (roles[role]["first try"], roles[role]["echo"]) == (1.0, 0.0)
    assert roles["actor"]["within the list"] == 1.0
    assert len(found["asked"]) == 4 * FEW


def test_an_echoing_model_is_counted_as_echo(tmp_path: Path) -> None:
    model = register_model("echoing", echoing)
    roles = evaluated(tmp_path, model)["figures"]["demo"]
    assert {roles[role]["echo"] for role in ROLES} == {1.0}


def test_a_turn_whose_replies_are_all_refused_is_a_fallback(tmp_path: Path) -> None:
    model = register_model("echoing", echoing)
    found = evaluated(tmp_path, model, "--roles", "reflector")
    figures = found["figures"]["demo"]["reflector"]
    assert (figures["first try"], figures["repairs"], figures["fallback"]) == (0.0, 2.0, 1.0)
    assert figures["fills in the form"] == 0.0
    assert "the form was not filled in" in found["asked"][0]["calls"][0]["refused"]


def test_an_actor_that_always_says_one_shows_position_bias(of_one: dict[str, Any]) -> None:
    assert of_one["actor"]["place 1"] == 1.0
    assert of_one["actor"]["from even places"] > of_one["actor"]["that by chance"]


def test_plans_that_are_all_alike_are_one_of_a_hundred_users(of_one: dict[str, Any]) -> None:
    assert of_one["planner"]["distinct per 100 users"] == pytest.approx(100 / FEW)
    assert of_one["planner"]["name a long list"] == 0.0


def test_plans_that_name_nearly_all_genres_are_counted(tmp_path: Path) -> None:
    every = "Next: Action, Adventure, Farming, Horror, Mystery, Puzzle, Racing and Strategy."
    model = register_model("all-genres", ScriptedChatModel(replies={**ALWAYS, "planner": [every]}))
    figures = evaluated(tmp_path, model, "--roles", "planner")["figures"]["demo"]["planner"]
    assert (figures["name a long list"], figures["distinct per 100 users"]) == (
        1.0,
        pytest.approx(100 / FEW),
    )


def test_values_that_are_all_alike_have_no_rank_correlation(of_one: dict[str, Any]) -> None:
    assert (of_one["critic"]["distinct values"], of_one["critic"]["rank correlation"]) == (1, None)


def test_reflections_are_measured_by_the_lines_of_their_form(of_one: dict[str, Any]) -> None:
    figures = of_one["reflector"]
    assert (figures["fills in the form"], figures["names a genre"]) == (1.0, 1.0)
    assert (figures["names a rest"], figures["first try"]) == (0.0, 1.0)


def test_titles_of_the_list_are_within_it(tmp_path: Path) -> None:
    figures = evaluated(tmp_path, "offline", "--roles", "actor", "--choose", "title")["figures"]
    assert figures["demo"]["actor"]["within the list"] == 1.0


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the parent of the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupted_run_writes_what_was_done(tmp_path: Path) -> None:
    model = register_model("interrupted", Interrupted())
    found = evaluated(tmp_path, model, "--concurrency", "1", status=130)
    assert (len(found["asked"]), found["evaluation"]["complete"]) == (FEW, False)


def test_an_unknown_model_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "opnai:x", "--world", "demo"]) == 2
    assert re.fullmatch(r"benchmarks prompts: unknown model .*\n", capsys.readouterr().err)


def test_steam_without_its_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))
    assert main(["--world", "steam"]) == 2
    assert "BILLP_STEAM names the folder" in capsys.readouterr().err
