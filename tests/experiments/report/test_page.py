"""The page as a whole: what it says, and what it leaves out."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.errors import MissingExtraError, RunError
from experiments.report import write_report
from experiments.runs.files import write_json
from experiments.runs.variants import OFFLINE_NOTE
from experiments.statistics.metrics import METRICS
from tests.experiments.made_records import variant
from tests.experiments.made_runs import USUAL, Plan, make_run, variant_named
from tests.experiments.report.parsed import Page

pytestmark = pytest.mark.slow

SMALL = Plan(variants=USUAL[:2], seeds=(0,), episodes=4, train_episodes=4, batch=2, critic=False)


ERROR, END = 8, 7  # places in a row of the list of episodes


def report(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


def edit(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**content, **changes})


def sections(page: Page) -> list[str | None]:
    return [attributes["id"] for attributes in page.all("section")]


def test_a_whole_run_has_every_section_but_the_sweep(parsed: Page) -> None:
    assert sections(parsed) == [
        "comparison",
        "paired",
        "learning",
        "sessions",
        "popularity",
        "critic",
        "memories",
        "grounding",
        "cost",
        "episodes",
        "about",
    ]


def test_the_table_shows_the_summarys_figures(run: Path, parsed: Page) -> None:
    text = parsed.text
    summary = json.loads((run / "summary.json").read_text())
    for found in summary["variants"].values():
        for metric in ("len", "r_each", "r_traj"):
            assert f"{found['phases']['frozen'][metric]['mean']:,.2f}" in text


def test_the_papers_figures_stand_beside_ours_with_a_caution(parsed: Page) -> None:
    text = parsed.text
    assert "15.37 ± 0.12" in text
    assert "a difference from them measures nothing" in text


def test_a_world_that_the_paper_did_not_use_has_no_figures_of_the_paper(tmp_path: Path) -> None:
    plan = Plan(variants=USUAL[:2], seeds=(0,), episodes=3, train_episodes=2, world="demo")
    assert "paper" not in report(make_run(tmp_path, plan)).text.lower()


def test_the_offline_model_is_called_what_it_is(parsed: Page) -> None:
    assert OFFLINE_NOTE in parsed.text


def test_a_run_without_the_offline_model_carries_no_such_note(tmp_path: Path) -> None:
    plan = Plan(variants=(variant("random"), variant("greedy")), seeds=(0,), episodes=3)
    assert OFFLINE_NOTE not in report(make_run(tmp_path, plan)).text


def test_an_unknown_price_is_never_shown_as_nothing(tmp_path: Path) -> None:
    plan = Plan(
        variants=(variant("billp", model="gpt-x"),), seeds=(0,), episodes=3, train_episodes=2
    )
    text = report(make_run(tmp_path, plan)).text
    assert "In all: unknown, since prices are." in text
    assert "$0.00" not in text


def test_replies_of_a_cache_are_told_at_list_price_beside_what_was_paid(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    (folder / "calls.csv").unlink()
    text = report(folder).text
    assert "Money at list price" in text
    assert "Paid in this folder: $0.00 for 0 calls." in text


def test_what_was_asked_of_chat_models_alone_is_not_called_a_list_price(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    calls = (folder / "calls.csv").read_text()
    (folder / "calls.csv").write_text(calls + calls.partition("\n")[2] * 9)
    assert "list price" not in report(folder).text


@pytest.mark.parametrize(
    ("rules", "windows", "told"),
    [
        ("default", (), "window 4, β 0.4213, ratings under 2, repeats Version"),
        ("paper", (), "window 4, β 0.4213, ratings under 2, repeats allowed, the paper's rules"),
        ("default", (8, 2), "window 2 or 8, β 0.4213, ratings under 2, repeats Version"),
    ],
)
def test_the_quit_rule_is_the_one_that_was_played(
    rules: str, windows: tuple[int, ...], told: str, tmp_path: Path
) -> None:
    made = tuple(variant_named(f"react W={w}", "react", window=w) for w in windows)
    folder = make_run(tmp_path, Plan(variants=made or (variant("react"),), seeds=(0,), episodes=3))
    settings = json.loads((folder / "run.json").read_text())["settings"]
    edit(folder / "run.json", settings={**settings, "rules": rules})
    assert f"Quit rule {told}" in report(folder).text


@pytest.mark.parametrize(("users", "told"), [("new", "none that is evaluated"), ("any", "any")])
def test_the_page_says_whether_evaluated_users_could_be_known(
    users: str, told: str, tmp_path: Path
) -> None:
    folder = make_run(tmp_path, SMALL)
    settings = json.loads((folder / "run.json").read_text())["settings"]
    edit(folder / "run.json", settings={**settings, "users": users})
    assert f"Users learned from {told} Chat models" in report(folder).text


def test_the_papers_way_of_learning_is_said_of_a_run_that_learned(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    assert "Learning as in the paper" not in report(folder).text
    settings = json.loads((folder / "run.json").read_text())["settings"]
    edit(folder / "run.json", settings={**settings, "learning": "paper"})
    assert "Learning as in the paper Chat models" in report(folder).text


def test_how_replies_were_asked_for_is_said_where_it_is_not_the_default(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    assert "Replies" not in report(folder).text
    settings = json.loads((folder / "run.json").read_text())["settings"]
    edit(folder / "run.json", settings={**settings, "choose": "title", "thinking": False})
    assert "Replies items chosen by title, thinking off Variants" in report(folder).text


def test_an_episode_that_did_not_fail_has_the_first_of_all_errors(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    path = folder / "cells" / "billp.0" / "episodes.jsonl"
    first, *others = (json.loads(line) for line in path.read_text().splitlines())
    failed = {**first, "phase": "frozen", "number": -1, "error": {"type": "Gone", "message": ""}}
    sound = [{**one, "error": None} for one in (first, *others)]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in (failed, *sound)))
    listed = report(folder).block("episode-list")
    assert listed["errors"][0] == ""
    assert listed["errors"][listed["rows"][0][ERROR]] == "Gone"
    told = {row[ERROR] for row in listed["rows"] if listed["ends"][row[END]][0] != "failed"}
    assert told == {0}


def test_sections_without_data_are_left_out(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    (folder / "summary.json").unlink()
    (folder / "calls.csv").unlink()
    assert sections(report(folder)) == ["episodes", "about"]


def test_a_run_that_has_only_begun_says_what_is_missing(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    for path in folder.glob("cells/reflexion.0/episodes.jsonl"):
        path.write_text("")
    text = report(folder).text
    assert "Still to be played: reflexion (train, 0 of 4), reflexion (frozen, 0 of 4)." in text


def test_a_whole_run_is_not_called_incomplete(parsed: Page) -> None:
    assert "Still to be played" not in parsed.text


def test_a_method_that_learns_nothing_is_not_waited_for_online(tmp_path: Path) -> None:
    plan = Plan(variants=(variant("random"),), seeds=(0,), episodes=3)
    folder = make_run(tmp_path, plan)
    settings = json.loads((folder / "run.json").read_text())["settings"]
    edit(folder / "run.json", settings={**settings, "evaluate": ["online"]})
    assert "Still to be played" not in report(folder).text


def test_figures_that_cannot_be_told_are_shown_as_absent(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    summary = json.loads((folder / "summary.json").read_text())
    nothing = {"mean": None, "low": None, "high": None}
    for figures in summary["variants"]["billp"]["phases"].values():
        figures |= {"len": nothing, "r_each": nothing, "r_traj": nothing, "repeats": None}
        figures["without_last"] = {"len": nothing, "r_each": nothing, "r_traj": nothing}
    for pair in summary["paired"]:
        pair |= {"len": nothing, "r_each": nothing, "r_traj": nothing}
    write_json(folder / "summary.json", summary)
    found = report(folder)
    assert "None" not in found.text
    assert "comparison" in sections(found)


def test_a_cause_that_the_page_has_no_words_for_is_shown_by_its_name(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    text = (folder / "summary.json").read_text().replace('"disliked"', '"bored"')
    (folder / "summary.json").write_text(text)
    assert "left: bored" in report(folder).text


def preset(folder: Path, name: str) -> Page:
    """The page of a made run as one of another preset."""
    edit(folder / "run.json", preset=name)
    return report(folder)


def test_the_first_section_is_the_figure_that_the_preset_is_named_for(tmp_path: Path) -> None:
    folder = make_run(tmp_path, replace(SMALL, critic=True))
    assert sections(preset(folder, "figure3"))[0] == "popularity"
    assert sections(preset(folder, "figure4"))[:2] == ["critic", "comparison"]
    assert sections(preset(folder, "table5"))[0] == "comparison"


def test_the_headline_of_figure_3_is_about_popularity(tmp_path: Path) -> None:
    text = preset(make_run(tmp_path, SMALL), "figure3").text
    assert "the most popular fifth of the items makes up billp " in text
    assert "the highest mean" not in text


def test_the_headline_of_figure_4_is_the_bias_of_the_critic(tmp_path: Path) -> None:
    folder = make_run(tmp_path, replace(SMALL, critic=True))
    states = json.loads((folder / "summary.json").read_text())["critic"]["states"]
    bias = sum(s["estimate_mean"] - s["return_mean"] for s in states) / len(states)
    said = f"a bias of {bias:+.2f}".replace("-", "\u2212")
    assert "Over 10 states the Critic of billp estimates" in preset(folder, "figure4").text
    assert said in preset(folder, "figure4").text


def test_the_headline_of_figure_5_compares_the_ends_of_the_sweep(tmp_path: Path) -> None:
    variants = tuple(variant_named(f"react W={w}", "react", window=w) for w in (2, 4, 8))
    folder = make_run(tmp_path, Plan(variants=variants, seeds=(0,), episodes=5))
    found = json.loads((folder / "summary.json").read_text())["variants"]
    first, last = (found[f"react W={w}"]["phases"]["frozen"]["len"]["mean"] for w in (2, 8))
    page = preset(folder, "figure5")
    assert f"the last 2 items, and the last 8: react {first:.1f} and {last:.1f} rounds" in page.text
    assert sections(page)[0] == "window"


def test_methods_stand_in_groups_that_name_their_chat_model(tmp_path: Path) -> None:
    variants = (variant("billp"), variant("oracle"), variant("react"))
    found = report(make_run(tmp_path, Plan(variants=variants, seeds=(0,), episodes=4)))
    assert found.text.index("Reference policies") < found.text.index("Chat models: offline")


def test_of_a_column_only_the_best_mean_of_the_methods_is_bold(tmp_path: Path) -> None:
    plan = Plan(variants=(*USUAL[:2], variant("oracle")), seeds=(0,), episodes=10, critic=False)
    folder = make_run(tmp_path, replace(plan, train_episodes=0))
    summary = json.loads((folder / "summary.json").read_text())
    summary["variants"]["oracle"]["phases"]["frozen"]["len"]["mean"] = 999.0
    write_json(folder / "summary.json", summary)
    played = {n: v["phases"]["frozen"] for n, v in summary["variants"].items() if n != "oracle"}
    best = [max(of[metric]["mean"] for of in played.values()) for metric in METRICS]
    bold = re.findall(r"<b>([^<]+)</b>", write_report(folder).read_text(encoding="utf-8"))
    assert bold == [f"{mean:,.2f}" for mean in best]


def test_variants_of_a_single_batch_have_no_curve_and_a_reason(tmp_path: Path) -> None:
    folder = make_run(tmp_path, replace(SMALL, batch=4))
    text = report(folder).text
    assert "No curve is drawn of billp and reflexion: trained in a single batch" in text
    assert "Means of the training episodes of each batch" not in text
    assert "No curve is drawn" not in report(make_run(tmp_path / "two", SMALL)).text


def test_an_ablation_that_changed_nothing_is_told(tmp_path: Path) -> None:
    plan = replace(SMALL, variants=(variant("billp"), variant("billp-no-micro")))
    folder = make_run(tmp_path, plan)
    summary = json.loads((folder / "summary.json").read_text())
    for pair in summary["paired"]:
        pair["alike"] = {"sessions": pair["pairs"], "rounds": 9, "with_experience": 0}
    write_json(folder / "summary.json", summary)
    assert "billp and billp-no-micro are equal: in all" in report(folder).text


def test_a_metric_is_written_one_way_everywhere(page: str, parsed: Page) -> None:
    assert "R_each" in parsed.text
    assert "<sub>" not in page
    assert not re.search(r"R each|R traj", parsed.text)


def test_all_causes_are_drawn_on_the_same_axes(page: str) -> None:
    names = re.findall(r'id="causes-frozen-both-(\d)-title"', page)
    charts = [page.split(f'id="causes-frozen-both-{at}-title"')[1] for at in names]
    last_ticks = {re.findall(r">(\d+)</text>", c.split("</svg>")[0])[-1] for c in charts}
    assert len(names) == 5
    assert len(last_ticks) == 1


def test_variants_under_different_windows_make_a_sweep(tmp_path: Path) -> None:
    variants = tuple(variant_named(f"react W={w}", "react", window=w) for w in (2, 4, 8))
    found = report(make_run(tmp_path, Plan(variants=variants, seeds=(0,), episodes=5)))
    assert "window" in sections(found)
    assert "the highest mean" not in found.text  # users of different rules are no contest


def test_reference_policies_do_not_win_the_contest_of_methods(tmp_path: Path) -> None:
    """A policy that knows the users' tastes is what is possible, not what a method reached."""
    plan = Plan(variants=(*USUAL[:2], variant("oracle")), seeds=(0,), episodes=10)
    folder = make_run(tmp_path, plan)
    summary = json.loads((folder / "summary.json").read_text())
    summary["variants"]["oracle"]["phases"]["frozen"]["r_traj"]["mean"] = 999.0
    write_json(folder / "summary.json", summary)
    text = report(folder).text
    assert "reference policies apart, the highest mean R_traj is that of billp" in text


def test_who_is_equal_does_not_win(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path, Plan(variants=(variant("billp"), variant("react")), seeds=(0,), episodes=5)
    )
    summary = json.loads((folder / "summary.json").read_text())
    phases = [summary["variants"][name]["phases"]["frozen"] for name in ("billp", "react")]
    phases[1]["r_traj"] = phases[0]["r_traj"]
    write_json(folder / "summary.json", summary)
    text = report(folder).text
    assert "billp and react have the same highest mean R_traj" in text
    assert "is that of" not in text


def test_the_same_run_gives_the_same_bytes(run: Path, page: str) -> None:
    assert write_report(run).read_text(encoding="utf-8") == page


def test_nothing_but_the_report_and_its_tables_is_written(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    before = {path for path in folder.rglob("*") if path.is_file()}
    write_report(folder)
    new = {path for path in folder.rglob("*") if path.is_file()} - before
    assert {path.relative_to(folder).parts[0] for path in new} == {"report.html", "csv"}
    assert all(path.suffix in (".html", ".csv") for path in new)


def test_an_episode_that_is_only_listed_takes_little_room(tmp_path: Path) -> None:
    sizes = []
    for episodes in (50, 550):
        plan = Plan(
            variants=(variant("random"),),
            seeds=(0,),
            episodes=episodes,
            fixed_length=10,
            critic=False,
        )
        folder = make_run(tmp_path / str(episodes), plan)
        sizes.append(write_report(folder, budget=20_000).stat().st_size)
    assert (sizes[1] - sizes[0]) / 500 < 150


def test_how_many_episodes_are_told_whole_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path, SMALL)
    assert "All 16 episodes are here step by step" in report(folder).text
    told = Page(write_report(folder, budget=30_000).read_text(encoding="utf-8"))
    whole = sum(name.startswith("steps-") for name in told.blocks)
    assert f"All 16 episodes are listed; {whole} of them are here step by step" in told.text
    assert 0 < whole < 16


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no run\.json"):
        write_report(tmp_path)


def test_without_the_extra_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtraError, match=r"pip install -e '\.\[report\]'"):
        write_report(tmp_path)
