"""A reply that cannot be read is repaired by a short re-ask, twice at most; all is counted."""

from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from models import FREE, Form, Reply, Role, Tokens, from_chat_model, prompt_text
from models.form import Room
from models.tokens import tokens_of
from nodes.ask import SHOWN, ask
from nodes.parsing.action import parse_action
from nodes.state import Usage
from tests.nodes.conftest import Witness, scripted

ASKED = [HumanMessage("Choose.\nAction:")]
PROSE = ["I am torn.", "Still torn.", "Hard to say.", "recommend[Too Late]"]


async def choose(replies: list[str]) -> tuple[str, Witness]:
    """The title that comes of these replies, and what the model was asked for it."""
    witness = Witness()
    title, _ = await asked(scripted({"actor": replies}, witness))
    return title, witness


async def asked(model: BaseChatModel) -> tuple[str, Usage]:
    return await ask(
        from_chat_model(model), "actor", 3, list(ASKED), parse_action, lambda last: f"from {last}"
    )


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


async def test_a_blank_reply_is_asked_for_again_as_it_was() -> None:
    title, witness = await choose([" \n", "", "\t", "recommend[Braid]"])
    assert title == "Braid"
    assert witness.prompts == [ASKED] * 4


async def test_a_fourth_blank_reply_is_repaired_like_any_other() -> None:
    title, witness = await choose(["", "", "", "", "recommend[Braid]"])
    assert title == "Braid"
    assert witness.prompts[3] == ASKED
    assert witness.prompts[4][1].text.strip()


async def test_a_model_that_never_says_anything_is_asked_six_times() -> None:
    title, witness = await choose([""])
    assert title == "from "
    assert len(witness.prompts) == 6


@pytest.mark.parametrize(
    "why",
    [
        {"response_metadata": {"finish_reason": "content_filter"}},
        {"additional_kwargs": {"refusal": "I'd rather not."}},
    ],
)
async def test_a_reply_that_is_blank_for_a_reason_is_repaired_at_once(why: dict[str, Any]) -> None:
    witness = Witness()
    replies = iter([AIMessage("", **why), AIMessage("recommend[Braid]")])
    await asked(GenericFakeChatModel(messages=replies, callbacks=[witness]))
    assert len(witness.prompts[1]) == len(ASKED) + 2


async def test_a_reply_that_was_cut_off_twice_is_told_so() -> None:
    witness = Witness()
    cut = AIMessage("<think>Let me see", response_metadata={"finish_reason": "length"})
    replies = iter([cut, cut, AIMessage("recommend[Braid]")])
    await asked(GenericFakeChatModel(messages=replies, callbacks=[witness]))
    assert witness.prompts[1] == ASKED
    assert "cut off" in witness.prompts[2][-1].text


async def test_a_repair_shows_no_thinking_and_little_of_a_long_reply() -> None:
    _, witness = await choose(["<think>Hm.</think>" + "So torn.\n" * 999, "recommend[Braid]"])
    said = witness.prompts[1][1].text
    assert said.startswith("So torn.")
    assert len(said) <= SHOWN


async def test_a_repair_can_be_sent_whatever_characters_the_reply_held() -> None:
    _, witness = await choose(["half a \ud83d smile.", "recommend[Braid]"])
    assert witness.prompts[1][1].text.encode("utf-8")


async def test_what_has_to_do_is_the_answer_without_the_thinking() -> None:
    title, _ = await choose(["<think>Doom?</think>Hard to say."])
    assert title == "from Hard to say."


async def test_the_tokens_of_one_call_are_told_with_role_and_round() -> None:
    _, usage = await asked(GenericFakeChatModel(messages=iter([told("recommend[Braid]", 70)])))
    assert usage == Usage(
        round=3, role="actor", calls=1, input=70, output=4, cached=50, estimated=0
    )


async def test_repairs_count_as_much_as_the_first_call() -> None:
    replies = [told("Torn.", 70), told("Torn.", 80), told("Torn.", 90)]
    _, usage = await asked(GenericFakeChatModel(messages=iter(replies)))
    assert (usage["calls"], usage["input"], usage["output"]) == (3, 240, 12)


async def test_calls_whose_tokens_were_not_told_are_estimated_and_counted_as_such() -> None:
    replies = [AIMessage("I am torn."), told("recommend[Braid]", 70)]
    _, usage = await asked(GenericFakeChatModel(messages=iter(replies)))
    assert (usage["calls"], usage["estimated"]) == (2, 1)
    assert usage["input"] == tokens_of(ASKED, AIMessage("")).input + 70


def told(text: str, tokens: int) -> AIMessage:
    """A reply whose server counted its tokens, 50 of them in its cache."""
    return AIMessage(
        text,
        usage_metadata={
            "input_tokens": tokens,
            "output_tokens": 4,
            "total_tokens": tokens + 4,
            "input_token_details": {"cache_read": 50},
        },
    )


async def test_a_reply_that_was_cut_off_is_asked_for_again_as_it_was_once_with_room() -> None:
    rooms, asked = list[Room](), list[Sequence[BaseMessage]]()

    async def chat(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        rooms.append(form.room)
        asked.append(messages)
        message = AIMessage("I am torn.", response_metadata={"finish_reason": "length"})
        return Reply(message, Tokens(5, 3))

    title, usage = await ask(chat, "actor", 1, list(ASKED), parse_action, lambda last: last)
    assert title == "I am torn."
    assert rooms == ["usual", "more", "more", "more"]
    assert [len(messages) for messages in asked] == [1, 1, 3, 3]
    assert (usage["calls"], usage["output"]) == (4, 12)
