"""Models that the user's own code makes."""

import sys
import warnings
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from models import Form, Ledger, ModelError, ModelSpec, connect, exact_name
from tests.models.conftest import ask
from tests.models.providers import own_models

HERE = "import:tests.models.providers.own_models"

pytestmark = pytest.mark.filterwarnings("ignore:.*takes no bound on its replies")


@pytest.mark.parametrize(
    ("factory", "text"),
    [("fake", "recommend[Braid]"), ("told", "seed 5"), ("with_defaults", "temperature 0.1")],
)
async def test_a_factory_makes_the_model(factory: str, text: str, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.csv")
    spec = ModelSpec(f"{HERE}:{factory}", seed=5)
    assert (await ask(connect(spec, ledger))).text == text
    assert ledger.totals.calls == 1
    ledger.close()


async def test_a_factory_with_a_parameter_is_given_the_spec() -> None:
    spec = ModelSpec(f"{HERE}:told", temperature=0.75)
    connect(spec)
    assert own_models.asked[-1] == spec


async def test_a_chat_call_of_ones_own_is_metered(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "calls.csv")
    call = connect(ModelSpec(f"{HERE}:chat_call"), ledger)
    assert (
        await call("critic", [HumanMessage("?")], Form(room="thinking"))
    ).text == "critic thinking"
    assert (ledger.totals.input, ledger.totals.output) == (3, 2)
    ledger.close()


async def test_an_answer_that_is_no_reply_is_refused() -> None:
    with pytest.raises(ModelError, match=r"answered with str: it must be a models.Reply"):
        await ask(connect(ModelSpec(f"{HERE}:wrong_reply")))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (f"{HERE}:fak", "has no 'fak': did you mean 'fake'"),
        (f"{HERE}:setting", "cannot call its 'setting'"),
        (f"{HERE}:text", "its factory returned str: it must return a LangChain chat model"),
        (f"{HERE}:without_room", "its factory returned function: it must return"),
        (f"{HERE}:greedy", "wants spec, more: it is called without arguments"),
        (f"{HERE}:broken", r"its factory failed \(KeyError: 'WEIGHTS"),
        ("import:nowhere_at_all:make", "No module named 'nowhere_at_all'.; PYTHONPATH names"),
        ("import:tests", "is not of the form import:package.module:factory"),
        ("import:../x:make", "is not of the form"),
        ("import:os:abort", "no module of the standard library"),
        ("import:", "unknown model 'import:'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(name: str, told: str) -> None:
    with pytest.raises(ModelError, match=told) as caught:
        connect(ModelSpec(name))
    assert "\n" not in str(caught.value)


def test_a_module_that_fails_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "billp_broken_module.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(ModelError, match=r"its module failed \(ZeroDivisionError"):
        connect(ModelSpec("import:billp_broken_module:make"))


def test_ones_own_model_has_its_own_name_wherever_servers_are() -> None:
    spec = ModelSpec(f"{HERE}:fake", "http://127.0.0.1:1/v1")
    assert exact_name(spec) == f"{HERE}:fake"


def test_a_model_whose_replies_cannot_be_bounded_is_told_once() -> None:
    spec = ModelSpec(f"{HERE}:unbounded")
    with pytest.warns(UserWarning, match="takes no bound on its replies"):
        connect(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect(spec)
