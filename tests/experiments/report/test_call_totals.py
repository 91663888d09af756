"""What calls cost and how long they took."""

from pathlib import Path

import numpy as np
import pytest

from experiments.report.call_totals import read_calls
from models import Price

HEADER = "role,model,input,output,cached,estimated,seconds\n"
PRICES = {
    "offline": Price(input=0.0, cached=0.0, output=0.0),
    "m": Price(input=2.0, cached=0.5, output=8.0),
    "m@http://127.0.0.1:1/v1": Price(input=1.0, cached=1.0, output=1.0),
    "m@http://127.0.0.1:2/v1": None,
    "dark": None,
}


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def test_calls_are_added_up_by_role_and_model(tmp_path: Path) -> None:
    path = write(
        tmp_path / "calls.csv",
        "actor,m,100,5,50,0,1.0",
        "actor,m,200,6,0,1,3.0",
        "critic,m,1,1,0,0,1",
    )
    actor, critic = read_calls(path)
    assert (actor.role, actor.calls, actor.input, actor.output) == ("actor", 2, 300, 11)
    assert (actor.cached, actor.estimated, critic.calls) == (50, 1, 1)


def test_latency_is_a_quantile_of_all_calls(tmp_path: Path) -> None:
    seconds = np.random.default_rng(0).lognormal(size=500).round(3)
    path = write(tmp_path / "calls.csv", *(f"actor,m,1,1,0,0,{s}" for s in seconds))
    [calls] = read_calls(path)
    assert calls.quantile(0.5) == pytest.approx(np.quantile(seconds, 0.5), abs=1e-4)
    assert calls.quantile(0.95) == pytest.approx(np.quantile(seconds, 0.95), abs=1e-4)


@pytest.mark.parametrize(
    ("model", "money"),
    [
        ("m", (600_000 * 2 + 400_000 * 0.5 + 100_000 * 8) / 1e6),
        ("m@http://127.0.0.1:1/v1", 1.1),
        ("m@http://127.0.0.1:2/v1", None),
        ("m@http://127.0.0.1:3/v1", None),
        ("offline", 0.0),
        ("dark", None),
        ("never heard of", None),
        ("m2", None),
    ],
)
def test_money_is_tokens_times_prices_and_unknown_where_these_are(
    tmp_path: Path, model: str, money: float | None
) -> None:
    path = write(tmp_path / "calls.csv", f"actor,{model},1000000,100000,400000,0,1")
    [calls] = read_calls(path)
    assert calls.money(PRICES) == money


def test_lines_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "calls.csv", "actor,m,1,1,0,0,1", "actor,m,many,1,0,0,1", "actor,m,1")
    assert [calls.calls for calls in read_calls(path)] == [1]


def test_without_the_file_there_are_no_calls(tmp_path: Path) -> None:
    assert read_calls(tmp_path / "calls.csv") == []
