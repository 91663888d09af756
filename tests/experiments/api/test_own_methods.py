"""An arm, a tool, a policy and a chat model of one's own go through the same runner."""

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage

from experiments import RunResult, compare
from experiments.errors import RunError
from experiments.report import write_report
from models import FREE, Form, ModelError, Reply, Role, Tokens, register_model
from models.roles import prompt_text
from nodes import Arm, EpisodeState, Parts, register_tool
from simulator import World, WorldError, load_world, register_policy
from tests.experiments.tiny_runs import billp, calls, records

SIZES: dict[str, Any] = {
    "seeds": 1,
    "train_episodes": 2,
    "episodes": 2,
    "batch": 2,
    "rounds": 3,
    "report": False,
    "progress": False,
}
CRITIC = Arm("critic-only", plans=False, reflects=False, criticises=True, tools=("search", "taste"))


class Listening:
    """A chat model that remembers what it was asked and recommends one title."""

    def __init__(self) -> None:
        self.prompts: list[tuple[Role, str]] = []

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        self.prompts.append((role, prompt_text(messages)))
        said = {"actor": "recommend[Lunar Lantern]", "critic": "3.0"}.get(role, "Puzzles next.")
        return Reply(AIMessage(said), Tokens(5, 2))

    def told(self, role: Role) -> str:
        return "\n".join(prompt for asked, prompt in self.prompts if asked == role)


class InTurn:
    """A policy that goes through the catalogue."""

    def __init__(self, world: World) -> None:
        self.items = len(world.catalogue)

    def choose(self, user: int, shown: Sequence[int]) -> int:
        return (user + len(shown)) % self.items


@pytest.fixture(scope="module")
def own_arm(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """An own arm beside a known one."""
    folder = tmp_path_factory.mktemp("arm") / "run"
    return compare(**SIZES, arms=["act-only", CRITIC], out=folder)


@pytest.mark.slow
def test_an_arm_plays_with_the_roles_that_it_names(own_arm: RunResult) -> None:
    found = records(own_arm.folder, "critic-only.0")
    assert {one["phase"] for one in found} == {"train", "frozen"}
    roles = {turn["role"] for one in found for turn in one["usage"]}
    assert roles == {"actor", "critic"}
    assert any(one["verdicts"] for one in found)
    assert own_arm.figure("critic-only", "len").episodes == 2


@pytest.mark.slow
def test_an_arm_is_kept_in_the_run_and_no_other_goes_on_with_it(own_arm: RunResult) -> None:
    kept = json.loads((own_arm.folder / "run.json").read_text())["settings"]["variants"][1]
    assert kept["own"] == {**vars(CRITIC), "tools": ["search", "taste"]}
    before = calls(own_arm.folder)
    compare(**SIZES, arms=["act-only", CRITIC], out=own_arm.folder)
    assert calls(own_arm.folder) == before
    other = Arm("critic-only", plans=True, reflects=False, criticises=True, tools=CRITIC.tools)
    with pytest.raises(RunError, match=r"critic-only\.own\.plans: false -> true"):
        compare(**SIZES, arms=["act-only", other], out=own_arm.folder)


@pytest.mark.slow
def test_the_page_of_an_own_arm_needs_nothing_but_its_folder(own_arm: RunResult) -> None:
    assert "critic-only" in write_report(own_arm.folder).read_text()
    assert billp("report", own_arm.folder).code == 0


def test_an_arm_with_the_name_of_another_is_refused(tmp_path: Path) -> None:
    for name in ("billp", "random", "a2c"):
        arm = Arm(name, plans=True, reflects=False, criticises=False, tools=("search",))
        with pytest.raises(RunError, match=f"an arm named '{name}' is there already"):
            compare(arms=[arm], out=tmp_path / "run")


def test_an_arm_with_an_unknown_tool_is_refused_with_the_nearest(tmp_path: Path) -> None:
    arm = Arm("seeker", plans=True, reflects=False, criticises=False, tools=("serch",))
    with pytest.raises(RunError, match="'seeker' has the unknown tool 'serch': did you mean 'sea"):
        compare(arms=[arm], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_actor_reads_what_an_own_tool_says(tmp_path: Path) -> None:
    def rounds_so_far(state: EpisodeState, query: str, parts: Parts) -> str:
        return f"{len(state['steps'])} of world {parts.world.name}"

    register_tool("rounds_so_far", rounds_so_far)
    listening = Listening()
    arm = Arm("rated", plans=False, reflects=False, criticises=False, tools=["rounds_so_far"])  # type: ignore[arg-type]
    model = register_model("listening", listening)
    compare(**SIZES, arms=[arm], model=model, out=tmp_path / "run")
    told = [prompt for role, prompt in listening.prompts if role == "actor"]
    rounds = [range(len(one["steps"])) for one in records(tmp_path / "run", "rated.0")]
    for number in chain.from_iterable(rounds):
        assert any(f"## Rounds so far\n{number} of world demo\n" in prompt for prompt in told)


@pytest.mark.parametrize("name", ["search", "taste", "two words", ""])
def test_a_tool_cannot_take_a_name_that_is_known_or_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="a tool cannot be named"):
        register_tool(name, lambda state, query, parts: "")


def test_an_own_policy_is_asked_for_every_round_of_every_session(tmp_path: Path) -> None:
    register_policy("in-turn", InTurn)
    result = compare(**SIZES, arms=["random", "in-turn"], out=tmp_path / "run")
    assert result.figure("in-turn", "len").episodes == 2
    titles = load_world("demo").catalogue.titles
    for record in records(tmp_path / "run", "in-turn.0"):
        expected = [titles[(record["user"] + n) % len(titles)] for n in range(len(record["steps"]))]
        assert [step["item"] for step in record["steps"]] == expected


def test_a_policy_that_chooses_what_is_no_item_is_refused(tmp_path: Path) -> None:
    class Lost(InTurn):
        def choose(self, user: int, shown: Sequence[int]) -> int:
            return self.items

    register_policy("lost", Lost)
    with pytest.raises(WorldError, match="policy 'lost' chose 360: items are 0 to 359"):
        compare(**SIZES, arms=["lost"], out=tmp_path / "run")


@pytest.mark.parametrize("name", ["random", "oracle", "", "a b"])
def test_a_policy_cannot_take_a_name_that_is_known_or_no_name(name: str) -> None:
    with pytest.raises(WorldError, match="a policy cannot be named"):
        register_policy(name, InTurn)


def test_an_own_model_plays_all_roles_and_is_named_in_the_run(tmp_path: Path) -> None:
    model = register_model("same", FakeListChatModel(responses=["recommend[Lunar Lantern]"]))
    assert model == "own:same"
    result = compare(**SIZES, arms=["act-only"], model=model, out=tmp_path / "run")
    assert result.summary.variants["act-only"].model == "own:same"
    assert {call["model"] for call in calls(tmp_path / "run")} == {"own:same"}
    steps = [one["steps"][0]["item"] for one in records(tmp_path / "run", "act-only.0")]
    assert steps == ["Lunar Lantern"] * 2
    with pytest.raises(RunError, match=r"act-only\.model: own:same -> offline"):
        compare(**SIZES, arms=["act-only"], out=tmp_path / "run")


def test_an_own_model_can_play_one_role(tmp_path: Path) -> None:
    listening = Listening()
    changes = {"planner_model": register_model("planner", listening)}
    compare(**SIZES, arms=["react"], changes=changes, out=tmp_path / "run")
    assert {role for role, _ in listening.prompts} == {"planner"}
    by_role = {(call["role"], call["model"]) for call in calls(tmp_path / "run")}
    assert by_role == {("planner", "own:planner"), ("actor", "offline")}


@pytest.mark.parametrize("name", ["", "a:b", "two words", "-x"])
def test_a_model_cannot_take_what_is_no_name(name: str) -> None:
    with pytest.raises(ModelError, match="a chat model cannot be named"):
        register_model(name, Listening())


def test_a_function_that_cannot_be_asked_is_no_model() -> None:
    async def without_form(role: Role, messages: Sequence[BaseMessage]) -> Reply:
        raise AssertionError("never asked")

    with pytest.raises(ModelError, match=r"must be a LangChain chat model, or an async function"):
        register_model("old", without_form)  # type: ignore[arg-type]
