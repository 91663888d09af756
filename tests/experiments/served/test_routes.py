"""Runs as the server tells of them: who may see them, what is found, and what is refused."""

import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

import durable
from experiments.runs.cell import cell_of
from experiments.runs.places import LOCK
from experiments.served import episodes, growing, shelf, tracked
from experiments.served.routes import ADDRESS, run_routes
from experiments.statistics.summary import SUMMARY, read_summary
from graph.clients import SHOW_RUNS_VARIABLE, tokens_from
from graph.training import EpisodeFailure
from tests.experiments.made_records import record, variant
from tests.experiments.made_runs import HOSTILE, Plan, make_run, variant_named

TOKENS = {"lab": "a-token-of-the-lab-0123456789", "shop": "a-token-of-the-shop-012345678"}
PLAN = Plan((variant("billp"), variant("random")), seeds=(0,), episodes=6, train_episodes=5)
Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that came to its end."""
    return make_run(tmp_path_factory.mktemp("made") / "first", PLAN)


@pytest.fixture
def runs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of runs, with one in it."""
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "runs"
    shutil.copytree(made, folder / "first")
    return folder


def client_of(tokens: dict[str, str]) -> TestClient:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
        auth = importlib.import_module("graph.auth")
    named = ",".join(f"{name}:{token}" for name, token in tokens.items())
    given = tokens_from({"BILLP_TOKENS": named}) if tokens else None
    protection = Middleware(auth.TokenMiddleware, tokens=given)
    app = Starlette(routes=run_routes(), middleware=[protection])
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))


@pytest.fixture
def http(runs: Path) -> Iterator[TestClient]:
    """A server without tokens, as its own user asks it."""
    with client_of({}) as client:
        yield client


def listed(http: TestClient) -> dict[str, Any]:
    return {one["name"]: one for one in http.get(ADDRESS).json()["runs"]}


def detail(reply: Any) -> str:
    return str(reply.json()["detail"])


def unfinished(run: Path) -> Path:
    """A run as it is before it came to its end."""
    (run / SUMMARY).unlink(missing_ok=True)
    (run / "checkpoints.sqlite").touch()
    return run


def episodes_of(run: Path, name: str = "billp") -> Path:
    return cell_of(run, name, 0).episodes


def test_with_tokens_those_see_runs_whom_the_operator_names(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHOW_RUNS_VARIABLE, "lab")
    addresses = [ADDRESS, f"{ADDRESS}/runs/first", f"{ADDRESS}/runs/first/report"]
    with client_of(TOKENS) as http:
        for address in addresses:
            assert http.get(address).status_code == 401
            refused = http.get(address, headers={"x-api-key": TOKENS["shop"]})
            assert refused.status_code == 403
            assert SHOW_RUNS_VARIABLE in detail(refused)
        headers = {"x-api-key": TOKENS["lab"]}
        assert http.get(ADDRESS, headers=headers).json()["runs"][0]["name"] == "first"
        monkeypatch.delenv(SHOW_RUNS_VARIABLE)
        assert http.get(ADDRESS, headers=headers).status_code == 403
        assert http.get(ADDRESS, headers={"x-api-key": "local"}).status_code == 401


def test_a_run_that_came_to_its_end(http: TestClient, runs: Path) -> None:
    one = listed(http)["first"]
    assert (one["place"], one["state"], one["world"]) == ("runs", "done", "steam")
    assert (one["played"], one["planned"]) == (17, 17)  # billp 5 + 6, random 6
    assert (one["arms"], one["left"], one["counted"]) == (["billp", "random"], None, True)
    shown = http.get(f"{ADDRESS}/runs/first").json()
    assert shown["about"][0].startswith("preset table3 in world 'steam'")
    figures = http.get(f"{ADDRESS}/runs/first/figures").json()
    summary = read_summary(runs / "first").variants["billp"].phases["frozen"]
    frozen = next(one for one in figures["phases"] if one["phase"] == "frozen")["arms"][0]
    assert figures["source"] == "summary"
    assert frozen["len"] == vars(summary.len)
    assert frozen["errors"] == summary.errors


def test_a_run_that_is_being_played(http: TestClient, runs: Path) -> None:
    run = unfinished(runs / "first")
    records = episodes_of(run)
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[:4]) + lines[4][:100])
    lock = durable.Lock(run / LOCK)
    lock.acquire()
    try:
        assert (listed(http)["first"]["state"], listed(http)["first"]["played"]) == ("running", 10)
        figures = http.get(f"{ADDRESS}/runs/first/figures").json()
        assert figures["source"] == "records"
        assert [one["phase"] for one in figures["phases"]] == ["train", "frozen"]
        with records.open("ab") as file:
            file.write(lines[4][100:] + lines[5])
        assert listed(http)["first"]["played"] == 12
    finally:
        lock.release()
    assert listed(http)["first"]["state"] == "interrupted"


def test_the_time_that_is_left_follows_from_the_episodes_that_were_seen_to_end(
    http: TestClient, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = unfinished(runs / "first")
    records, clock = episodes_of(run), [1000.0]
    monkeypatch.setattr(tracked.time, "monotonic", lambda: clock[0])
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[:2]))
    lock = durable.Lock(run / LOCK)
    lock.acquire()
    try:
        assert listed(http)["first"]["left"] is None
        clock[0] += 20
        records.write_bytes(b"".join(lines[:7]))
        assert listed(http)["first"]["left"] == 16.0  # 5 episodes in 20 s, and 4 of 11 to go
    finally:
        lock.release()


def test_a_run_that_stopped_by_failures_tells_the_last_one(http: TestClient, runs: Path) -> None:
    run = unfinished(runs / "first")
    error = EpisodeFailure(type="APITimeoutError", message=f"no answer {HOSTILE}")
    durable.append(episodes_of(run), episodes_of(run).read_bytes().splitlines(keepends=True)[0])
    before = listed(http)["first"]["failed"]
    failed = record(5, (4.0,), None, phase="frozen", error=error, variant="billp", user=41)
    line = (json.dumps(failed) + "\n").encode()
    durable.append(episodes_of(run), line * 4)
    assert listed(http)["first"]["state"] == "interrupted"  # a batch has five episodes
    durable.append(episodes_of(run), line)
    one = listed(http)["first"]
    assert (one["state"], one["failed"]) == ("failed", before + 5)
    told = http.get(f"{ADDRESS}/runs/first").json()["failure"]
    assert told.startswith("APITimeoutError: no answer </script>")


def test_what_calls_cost_is_told_as_they_are_paid(http: TestClient, runs: Path) -> None:
    run = json.loads((runs / "first" / "run.json").read_text())
    run["prices"] = {"gpt-x": {"input": 1.0, "cached": 0.5, "output": 2.0}}
    (runs / "first" / "run.json").write_text(json.dumps(run))
    calls = runs / "first" / "calls.csv"
    calls.write_text("role,model,input,output,cached,estimated,seconds\n")
    durable.append(calls, b"actor,gpt-x,1000000,100000,500000,0,1.5\n")
    assert listed(http)["first"]["money"] == 0.95
    durable.append(calls, b"actor,gpt-x,1000000,0,0,0,1.5\nnot a call\n" + b"9" * 5000 + b"\n")
    assert (listed(http)["first"]["money"], listed(http)["first"]["calls"]) == (1.95, 2)
    durable.append(calls, b"actor,other,1,1,0,0,1.5\n")
    assert listed(http)["first"]["money"] is None
    run["prices"]["gpt-x"]["input"] = 1e308
    run["prices"]["other"] = run["prices"]["gpt-x"]
    (runs / "first" / "run.json").write_text(json.dumps(run))
    assert listed(http)["first"]["money"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/runs/none",
        "/elsewhere/first",
        "/runs/%2e%2e",
        "/runs/..%2ffirst",
        "/runs/first%00",
        "/%2e%2e/%2e%2e",
        "/runs/.hidden",
        f"/runs/{'a' * 5000}",
        "/runs/first/minus/runs/%2e%2e",
    ],
)
def test_names_of_no_run_are_refused(path: str, http: TestClient, runs: Path) -> None:
    shutil.copytree(runs / "first", runs / ".hidden")
    for rest in ("", "/figures", "/report"):
        assert http.get(f"{ADDRESS}{path}{rest}").status_code == 404


def test_nothing_but_reading_is_offered(http: TestClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert http.request(method, f"{ADDRESS}/runs/first").status_code == 405


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"null",
        b'{"schema": 1}',
        b'{"schema": 1, "preset": "x", "settings": {"seeds": 1e999}}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_run_is_told_and_hides_no_other(
    content: bytes, http: TestClient, runs: Path
) -> None:
    shutil.copytree(runs / "first", runs / "second")
    (runs / "second" / "run.json").write_bytes(content)
    found = listed(http)
    assert (found["first"]["state"], found["second"]["state"]) == ("done", "damaged")
    assert found["second"]["problem"]
    assert str(runs) not in found["second"]["problem"]
    assert http.get(f"{ADDRESS}/runs/second").json()["about"] == []
    for rest in ("figures", "minus/runs/first"):
        refused = http.get(f"{ADDRESS}/runs/second/{rest}")
        assert refused.status_code == 409
        assert "run.json" in detail(refused)


def test_an_arm_of_another_version_is_named(http: TestClient, runs: Path) -> None:
    text = (runs / "first" / "run.json").read_text().replace('"method": "billp"', '"method": "x"')
    (runs / "first" / "run.json").write_text(text)
    assert "'x' is unknown to this version" in listed(http)["first"]["problem"]


def test_damaged_figures_are_refused_and_damaged_records_left_out(
    http: TestClient, runs: Path
) -> None:
    summary = runs / "first" / SUMMARY
    whole = summary.read_bytes()
    for content in (b"{}", whole.replace(b'"money": null', b'"money": NaN')):
        summary.write_bytes(content)
        assert http.get(f"{ADDRESS}/runs/first/figures").status_code == 409
    unfinished(runs / "first")
    with episodes_of(runs / "first").open("ab") as file:
        file.write(b"{}\n[[[\n")
    figures = http.get(f"{ADDRESS}/runs/first/figures").json()
    assert figures["notes"][-1] == "2 lines of its records cannot be read and are left out."


def test_what_is_no_file_is_not_opened(http: TestClient, runs: Path, tmp_path: Path) -> None:
    run = unfinished(runs / "first")
    (tmp_path / "secret").write_text("secret")
    (run / "report.html").symlink_to(tmp_path / "secret")
    assert http.get(f"{ADDRESS}/runs/first/report").status_code == 404
    assert http.get(f"{ADDRESS}/runs/first").json()["report"] is False
    records = episodes_of(run)
    records.unlink()
    os.mkfifo(records)
    assert listed(http)["first"]["played"] == 6
    refused = http.get(f"{ADDRESS}/runs/first/figures")
    assert refused.status_code == 409
    assert "is no file" in detail(refused)


def test_a_huge_run_is_counted_bit_by_bit_and_refused_for_figures(
    http: TestClient, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = unfinished(runs / "first")
    monkeypatch.setattr(shelf, "READ_AT_ONCE", 1)
    monkeypatch.setattr(episodes, "MOST_READ", 1000)
    first = listed(http)["first"]
    assert (first["counted"], first["played"]) == (False, 1)
    for _ in range(100):
        if listed(http)["first"]["counted"]:
            break
    assert listed(http)["first"]["played"] == 17
    refused = http.get(f"{ADDRESS}/runs/first/figures")
    assert refused.status_code == 409
    assert "`billp report first`" in detail(refused)
    monkeypatch.setattr(growing, "LONGEST_LINE", 50)
    episodes_of(run).write_bytes(b"x" * 1000 + b"\n")
    assert listed(http)["first"]["played"] == 6


def test_the_list_ends_with_those_played_long_ago(
    http: TestClient, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(runs / "first", runs / "second")
    shutil.copytree(runs / "first", runs.parent / "demo" / "001")
    for at, folder in enumerate([runs / "first", runs.parent / "demo" / "001", runs / "second"]):
        for path in folder.iterdir():
            os.utime(path, (1000 * at, 1000 * at))
    assert list(listed(http)) == ["second", "001", "first"]
    monkeypatch.setattr(shelf, "MOST_LISTED", 2)
    assert list(listed(http)) == ["second", "001"]
    assert http.get(ADDRESS).json()["left_off"] == 1


def test_two_runs_are_paired_where_users_are_the_same(http: TestClient, runs: Path) -> None:
    shutil.copytree(runs / "first", runs / "second")
    path = runs / "second" / "run.json"
    path.write_text(path.read_text().replace('"temperature": 0.5', '"temperature": 0.1'))
    same = http.get(f"{ADDRESS}/runs/first/minus/runs/second").json()
    assert same["settings"] == ["temperature: 0.5 -> 0.1"]
    assert {(one["arm"], one["phase"]) for one in same["pairs"]} == {
        ("billp", "train"),
        ("billp", "frozen"),
        ("random", "frozen"),
    }
    for one in same["pairs"]:
        assert one["pairs"] == one["users"] > 0
        assert one["len"]["mean"] == 0.0
    records = episodes_of(runs / "second", "random")
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    for line in lines[:2]:
        line["steps"] = line["steps"] * 3
    records.write_text("".join(json.dumps({**line, "seed": 0}) + "\n" for line in lines[:5]))
    found = http.get(f"{ADDRESS}/runs/first/minus/runs/second").json()
    random = next(one for one in found["pairs"] if one["arm"] == "random")
    assert random["pairs"] == 5
    assert random["len"]["mean"] < 0


def test_runs_in_different_worlds_or_without_a_common_arm_are_not_paired(
    http: TestClient, runs: Path
) -> None:
    make_run(runs / "other", Plan((variant_named("mine", "react"),), seeds=(0,), episodes=2))
    shutil.copytree(runs / "first", runs / "elsewhere")
    path = runs / "elsewhere" / "run.json"
    path.write_text(path.read_text().replace('"d41d8c"', '"ffffff"'))
    answer = http.get(f"{ADDRESS}/runs/first/minus/runs/other").json()
    assert (answer["pairs"], answer["note"]) == ([], "No arm was played by both in the same phase.")
    answer = http.get(f"{ADDRESS}/runs/first/minus/runs/elsewhere").json()
    assert answer["pairs"] == []
    assert "different worlds" in answer["note"]


def test_a_report_is_served_apart_from_the_page(http: TestClient, runs: Path) -> None:
    missing = http.get(f"{ADDRESS}/runs/first/report")
    assert "`billp report` makes it" in detail(missing)
    (runs / "first" / "report.html").write_text("<!doctype html><title>Report</title>")
    reply = http.get(f"{ADDRESS}/runs/first/report")
    assert reply.text == "<!doctype html><title>Report</title>"
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads; default-src 'none';")
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert http.get(ADDRESS, headers={"origin": "null"}).status_code == 401
