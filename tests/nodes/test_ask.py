"""A reply that cannot be read is repaired by a short re-ask, twice at most."""

from langchain_core.messages import HumanMessage

from models import prompt_text
from nodes.ask import ask
from nodes.replies import read_action
from tests.nodes.conftest import Witness, scripted

ASKED = [HumanMessage("Choose.\nAction:")]
PROSE = ["I am torn.", "Still torn.", "Hard to say.", "recommend[Too Late]"]


async def choose(replies: list[str]) -> tuple[str, Witness]:
    """The title that comes of these replies, and what the model was asked for it."""
    witness = Witness()
    model = scripted({"actor": replies}, witness)
    title = await ask(model, "actor", list(ASKED), read_action, lambda last: f"from {last}")
    return title, witness


async def test_a_readable_reply_needs_no_second_call() -> None:
    title, witness = await choose(["recommend[Braid]", "recommend[Doom]"])
    assert title == "Braid"
    assert witness.prompts == [ASKED]


async def test_a_repair_is_taken() -> None:
    title, witness = await choose(["I am torn.", "recommend[Braid]"])
    assert title == "Braid"
    assert len(witness.prompts) == 2


async def test_a_repair_shows_the_model_its_reply_and_the_error() -> None:
    _, witness = await choose(["I am torn.", "recommend[Braid]"])
    asked, said, repair = witness.prompts[1]
    assert [asked] == ASKED
    assert said.text == "I am torn."
    assert "expected recommend[title]" in repair.text


async def test_a_repair_still_asks_for_the_same_role() -> None:
    _, witness = await choose(["I am torn.", "recommend[Braid]"])
    assert prompt_text(witness.prompts[1]).endswith("\nAction:")


async def test_a_second_repair_shows_the_latest_reply_alone() -> None:
    _, witness = await choose(PROSE)
    assert [message.text for message in witness.prompts[2]][:2] == [ASKED[0].text, "Still torn."]


async def test_after_two_repairs_the_last_reply_has_to_do() -> None:
    title, witness = await choose(PROSE)
    assert title == "from Hard to say."
    assert len(witness.prompts) == 3


async def test_an_empty_reply_is_repaired_like_any_other() -> None:
    title, witness = await choose(["", "recommend[Braid]"])
    assert title == "Braid"
    assert witness.prompts[1][1].text.strip()
