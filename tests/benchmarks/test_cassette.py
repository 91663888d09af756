"""Cassettes: what is kept of an evaluation, and that both ways of making one agree."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.prompts.cassette import IN_FORM, KEPT, Recorded, main, read_cassette
from benchmarks.prompts.command import main as evaluate
from models import ROLES, Role, ScriptedChatModel, register_model

FEW = 3
ECHO = "You are the Reflector. Fill in this form, with genres and numbers, without titles:"
REPLIES: dict[Role, list[str]] = {
    "planner": ["Thought: They liked puzzles. Next: puzzle, then racing."],
    "actor": ["19", '{"answer": 2}'],
    "critic": ['{"answer": 7.5}'],
    "reflector": [ECHO, "Why: bored Genres: Puzzle Rest: 3 Show: Racing Avoid: none"],
}


def asked(number: int, role: Role = "planner", text: str = "Puzzles next.") -> dict[str, Any]:
    """A situation as `--json` writes it."""
    call = {
        "text": text,
        "seconds": 1.0,
        "input": 500,
        "output": 10 + number,
        "cached": 0,
        "estimated": False,
        "finish_reason": "stop",
        "echo": False,
        "refused": None,
    }
    return {
        "number": number,
        "world": "demo",
        "role": role,
        "user": number,
        "round": 1,
        "calls": [call],
        "answer": {"text": text, "names_liked": True, "kind": "plan"},
        "failure": None,
    }


def evaluation(folder: Path, *situations: dict[str, Any], model: str = "openai:a-model") -> Path:
    """A file as `--json` writes it."""
    about = {
        "model": model,
        "prompts": "0123abcd",
        "choose": "number",
        "structured": True,
        "seed": 0,
        "concurrency": 1,
        "situations": {"demo": "4567cdef"},
        "complete": True,
    }
    file = folder / "evaluation.json"
    file.write_text(json.dumps({"evaluation": about, "figures": {}, "asked": situations}))
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation of a model with known replies, recorded in both ways."""
    folder = tmp_path_factory.mktemp("cassette")
    model = register_model("known", ScriptedChatModel(replies=REPLIES))
    files = ["--json", str(folder / "e.json"), "--record", str(folder / "recorded.jsonl")]
    given = ["--world", "demo", "--situations", str(FEW), "--concurrency", "1"]
    assert evaluate(["--model", model, *given, *files]) == 0
    assert main([str(folder / "e.json"), str(folder / "converted.jsonl")]) == 0
    return folder


def of_role(folder: Path, role: Role) -> list[Recorded]:
    return [one for one in read_cassette(folder / "recorded.jsonl").replies if one.role == role]


def test_a_run_records_what_the_converter_makes_of_its_json(folder: Path) -> None:
    assert (folder / "recorded.jsonl").read_bytes() == (folder / "converted.jsonl").read_bytes()


def test_the_first_line_says_which_model_answered_what(folder: Path) -> None:
    header = read_cassette(folder / "recorded.jsonl").header
    assert (header.model, header.choose) == ("own:known", "number")
    assert header.situations == FEW * len(ROLES)


def test_what_was_read_in_a_reply_is_kept_where_it_differs(folder: Path) -> None:
    plans, (value,) = of_role(folder, "planner"), of_role(folder, "critic")
    assert {plan.answer for plan in plans} == {"They liked puzzles. Next: puzzle, then racing."}
    assert (value.text, value.answer, value.top) == ('{"answer": 7.5}', "7.5", 10.0)
    assert {one.answer for one in of_role(folder, "reflector")} == {None}


def test_refusals_are_kept_with_their_message_and_repairs_are_marked(folder: Path) -> None:
    refused, repaired, _ = of_role(folder, "actor")
    assert refused.outcome == f"there is no candidate 19: expected 1 to {refused.offered}"
    assert refused.first
    assert (repaired.first, repaired.outcome) == (False, IN_FORM)


def test_plans_say_how_many_rounds_were_played_before_them(folder: Path) -> None:
    plans = of_role(folder, "planner")
    assert len({plan.rounds for plan in plans}) == len(plans) > 1


def test_reflections_say_how_their_sessions_ended(folder: Path) -> None:
    echo, *_ = of_role(folder, "reflector")
    assert "repeats the instructions" in echo.outcome
    assert all(one.left is not None and one.rounds for one in of_role(folder, "reflector"))


def test_replies_that_are_alike_are_one_line_that_counts_them(tmp_path: Path) -> None:
    source = evaluation(tmp_path, asked(0), asked(1), asked(2, text="Racing next."))
    assert main([str(source), str(tmp_path / "c.jsonl")]) == 0
    found = read_cassette(tmp_path / "c.jsonl").replies
    assert [(one.text, one.times) for one in found] == [("Puzzles next.", 2), ("Racing next.", 1)]


def test_situations_beyond_the_first_are_left_out(tmp_path: Path) -> None:
    source = evaluation(tmp_path, *(asked(n, text=f"Plan {n}.") for n in range(KEPT + 5)))
    assert main([str(source), str(tmp_path / "c.jsonl")]) == 0
    assert len(read_cassette(tmp_path / "c.jsonl").replies) == KEPT


def test_the_address_of_the_server_is_not_kept(tmp_path: Path) -> None:
    source = evaluation(tmp_path, asked(0), model="openai:a-model@http://127.0.0.1:8080/v1")
    assert main([str(source), str(tmp_path / "c.jsonl")]) == 0
    assert read_cassette(tmp_path / "c.jsonl").header.model == "openai:a-model"


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_what_is_no_evaluation_is_refused_in_one_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "e.json"
    if content is not None:
        source.write_text(content)
    assert main([str(source), str(tmp_path / "c.jsonl")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("cassette: ")
    assert said.count("\n") == 1
    assert str(source) in said
