"""A run's summary as tables on a terminal."""

import io
from typing import Any

from rich.console import Console, RenderableType

from experiments.commands.tables import (
    comparison_table,
    paid_line,
    reply_count,
    training_error_lines,
)
from experiments.runs.records import Record
from experiments.runs.variants import OFFLINE_NOTE, Variant
from experiments.statistics.figures import RunSummary
from experiments.statistics.summary import summarise_run
from models import Price, Totals
from tests.experiments.made_records import episodes, failed, record, run_file, tokens, variant

PRICED = Price(input=1.0, cached=1.0, output=1.0)


def printed(renderable: RenderableType) -> str:
    """What a wide terminal shows, in one line a row."""
    out = io.StringIO()
    Console(file=out, width=400, force_terminal=False).print(renderable)
    return out.getvalue()


def noted(table: str) -> bool:
    """Whether it says what the offline model's figures are worth; captions are wrapped."""
    return OFFLINE_NOTE in " ".join(table.split())


def row(table: str, name: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.startswith(f"│ {name} ")]
    return [cell.strip() for cell in line.strip("│").split("│")]


def summary_of(played: dict[str, list[Record]], *variants: Variant, **prices: Any) -> RunSummary:
    made = [one for name, records in played.items() for one in episodes(records, name)]
    return summarise_run(run_file(*variants, prices=prices), made)


BOTH = {
    "billp": [record(0, (4.0,) * 5), record(1, (4.0,) * 7, None)],
    "random": [record(0, (2.0,) * 1, "disliked"), record(1, (2.0,) * 3, "disliked")],
}
RANDOM = variant("random")


def test_a_row_has_the_figures_and_why_sessions_ended() -> None:
    table = printed(comparison_table(summary_of(BOTH, variant("billp"), RANDOM), "frozen"))
    assert row(table, "billp") == [
        *("billp", "offline"),
        *("6.00 [5.00, 7.00]", "4.00 [4.00, 4.00]", "24.00 [20.00, 28.00]"),
        "similar 50%, stayed 50%",
    ]
    assert row(table, "random")[1] == "-"


def test_eighty_columns_hold_the_table_with_intervals_below_the_means() -> None:
    out = io.StringIO()
    table = comparison_table(
        summary_of(BOTH, variant("billp-no-macro"), variant("billp")), "frozen"
    )
    Console(file=out, width=80, force_terminal=False).print(table)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    mean, interval = (line for line in lines if "24.00" in line or "28.00]" in line)
    assert mean.split()[:4] == ["billp", "6.00", "4.00", "24.00"]
    assert interval.split()[:3] == ["offline", "[5.00,", "7.00]"]


def test_an_ablation_that_changed_nothing_is_told_below_the_table() -> None:
    played = dict.fromkeys(("billp-no-micro", "billp"), BOTH["billp"])
    summary = summary_of(played, variant("billp-no-micro"), variant("billp"))
    assert "billp-no-micro and billp are equal:" in printed(comparison_table(summary, "frozen"))


def test_a_variant_that_has_not_played_the_phase_has_no_row() -> None:
    summary = summary_of({"billp": BOTH["billp"]}, variant("billp"), RANDOM)
    assert "random" not in printed(comparison_table(summary, "frozen"))


def test_figures_of_the_offline_model_carry_its_note() -> None:
    summary = summary_of(BOTH, variant("billp"), RANDOM)
    assert noted(printed(comparison_table(summary, "frozen")))


def test_one_offline_role_is_enough_for_the_note() -> None:
    mixed = variant("billp", model="gpt", changes={"critic_model": "offline"})
    table = printed(comparison_table(summary_of(BOTH, mixed, RANDOM), "frozen"))
    models = "planner: gpt, actor: gpt, critic: offline, reflector: gpt"
    assert row(table, "billp")[1] == models
    assert noted(table)


def test_without_the_offline_model_there_is_no_note() -> None:
    summary = summary_of(BOTH, variant("billp", model="gpt"), RANDOM)
    assert "stand-in" not in printed(comparison_table(summary, "frozen"))


def test_errors_have_a_column_where_there_are_any() -> None:
    clean = printed(comparison_table(summary_of(BOTH, variant("billp"), RANDOM), "frozen"))
    broken = {**BOTH, "random": [*BOTH["random"], failed(2, "ValueError")]}
    table = printed(comparison_table(summary_of(broken, variant("billp"), RANDOM), "frozen"))
    assert "errors" not in clean
    assert (row(table, "billp")[-1], row(table, "random")[-1]) == ("", "ValueError 1")


def test_cost_is_told_where_it_is_known() -> None:
    usage = [tokens("planner", 1_500_000, 0)]
    played = {name: [record(0, usage=usage)] for name in ("billp", "react", "random")}
    variants = (variant("billp", model="gpt"), variant("react", model="new"), RANDOM)
    table = printed(comparison_table(summary_of(played, *variants, gpt=PRICED), "frozen"))
    assert row(table, "billp")[-1] == "$1.50"
    assert row(table, "react")[-1] == "unknown"
    assert row(table, "random")[-1] == "-"
    assert "cost" not in printed(comparison_table(summary_of(played, *variants), "frozen"))


def test_the_papers_rules_and_a_cache_are_told() -> None:
    played = {"billp": [record(0, usage=[tokens("planner", 1_500_000, 0)])]}
    summary = summary_of(played, variant("billp", model="gpt"), gpt=PRICED)
    usual = " ".join(printed(comparison_table(summary, "frozen")).split())
    table = " ".join(printed(comparison_table(summary, "frozen", paper=True, cached=True)).split())
    assert "cost at list price" in table
    assert "At most 100 rounds; the paper's rules, repeats allowed; seeds 0;" in table
    assert "list price" not in usual
    assert "the paper" not in usual
    assert reply_count(summary) == 1
    assert paid_line(Totals(calls=0, money=0.0)).startswith(
        "Paid in this folder: $0.0000 for 0 calls;"
    )
    assert "unknown for 1 call;" in paid_line(Totals(calls=1, money=None))


def test_episodes_of_the_training_that_failed_are_told() -> None:
    training = [record(0, phase="train"), failed(1, "Gone", phase="train")]
    summary = summary_of({"billp": training, "random": BOTH["random"]}, variant("billp"), RANDOM)
    assert training_error_lines(summary) == [
        "billp: 1 of 2 training episodes failed and taught nothing (Gone 1)"
    ]
    assert training_error_lines(summary_of(BOTH, variant("billp"), RANDOM)) == []


def test_words_from_outside_are_neither_obeyed_nor_able_to_steer_the_terminal() -> None:
    names = "gpt[/red]\x1b[31m:smile:"
    broken = {"billp": [*BOTH["billp"], failed(2, "[bold]Odd\x07Error")]}
    summary = summary_of(broken, variant("billp", model=names))
    table = printed(comparison_table(summary, "frozen"))
    assert "gpt[/red] [31m:smile:" in table
    assert "[bold]Odd Error 1" in table
    assert not {"\x1b", "\x07"} & set(table)
