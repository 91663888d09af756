"""What comes from outside stays text, and the page allows nothing but its own style and script."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from experiments.report import write_report
from tests.experiments.made_records import variant
from tests.experiments.made_runs import HOSTILE, Plan, make_run
from tests.experiments.report.parsed import Page

EVIL = f'"><img src=x onerror=alert(1)>{HOSTILE}'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run in which every name that a user or a model could choose is an attack."""
    variants = (variant("billp", name=EVIL, model=EVIL), variant("random", method=EVIL))
    plan = Plan(variants=variants, seeds=(0,), episodes=6, train_episodes=4, batch=2, world=EVIL)
    folder = make_run(tmp_path_factory.mktemp("hostile"), plan)
    for name in ("run.json", "summary.json"):
        text = (folder / name).read_text(encoding="utf-8")
        for harmless in ("APITimeoutError", "0.1.0"):
            text = text.replace(f'"{harmless}"', json.dumps(EVIL))
        (folder / name).write_text(text, encoding="utf-8")
    for path in folder.glob("cells/*/episodes.jsonl"):
        lines = []
        for line in path.read_text().splitlines():
            record = json.loads(line)
            record |= {"reflection": EVIL, "history": [EVIL]}
            record["error"] = record["error"] and {"type": EVIL, "message": EVIL}
            for step in record["steps"]:
                step |= {"thought": EVIL, "reply": EVIL, "item": EVIL}
            lines.append(json.dumps(record))
        path.write_text("\n".join(lines) + "\n")
    calls = (folder / "calls.csv").read_text().replace("actor", '"' + EVIL.replace('"', '""') + '"')
    (folder / "calls.csv").write_text(calls)
    return write_report(folder).read_text(encoding="utf-8")


def test_names_from_outside_make_no_element(hostile: str, parsed: Page) -> None:
    assert {name for name, _ in Page(hostile).elements} <= {name for name, _ in parsed.elements}
    assert not Page(hostile).all("img")


def test_names_from_outside_are_shown_as_they_are(hostile: str) -> None:
    assert " ".join(EVIL.split()) in Page(hostile).text


def test_there_is_one_script_and_everything_else_is_data(hostile: str) -> None:
    kinds = [attributes.get("type") for attributes in Page(hostile).all("script")]
    assert kinds.count(None) == 1
    assert set(kinds) == {None, "application/json"}


def test_no_block_of_data_holds_a_sign_that_could_end_it(hostile: str) -> None:
    for block in Page(hostile).blocks.values():
        assert not set("<>&\u2028\u2029") & set(block)


@pytest.mark.parametrize("which", ["page", "hostile"])
def test_the_policy_allows_the_pages_own_style_and_script_alone(
    which: str, request: pytest.FixtureRequest
) -> None:
    found = Page(request.getfixturevalue(which))
    metas = found.all("meta")
    [policy_] = [m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy_).split(";"))

    def own(name: str) -> str:
        digest = hashlib.sha256(found.own[name].encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": own("style"),
        "script-src": own("script"),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_no_element_carries_style_or_code_or_an_address_elsewhere(hostile: str) -> None:
    for _, attributes in Page(hostile).elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert re.match(r"#|csv/[\w-]+\.csv$", attributes.get(name) or "#")


def test_the_script_never_makes_markup_of_text() -> None:
    own = Path(__file__).parents[3] / "experiments" / "report" / "assets"
    for path in own.glob("*.js"):
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in path.read_text(), path


def test_control_characters_and_broken_surrogates_are_gone(page: str, parsed: Page) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page)
    steps = [text for name, text in parsed.blocks.items() if name.startswith("steps-")]
    assert any('"Half a pair \ufffd and a bell "' in text for text in steps)
