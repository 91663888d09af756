"""The settings of a play outlive the process, and a thread keeps those that it was begun with."""

import json
import re
from typing import Any

import pytest

from experiments.errors import RunError
from experiments.people.thread import NO_USER, PlaySettings
from models import ModelError

BEGUN = PlaySettings(model="openai:x", viewed=["Lunar Lantern"], rounds=9)


def test_a_resumed_thread_has_the_settings_that_it_was_begun_with() -> None:
    assert PlaySettings.resumed(BEGUN.to_json(), {"rounds": 9}, "mine") == BEGUN


def test_other_settings_for_a_thread_are_refused_with_the_option_to_leave_out() -> None:
    said = r"thread 'mine' was begun with base_url None, not 'http://x': leave --base-url out"
    with pytest.raises(RunError, match=said):
        PlaySettings.resumed(BEGUN.to_json(), {"base_url": "http://x"}, "mine")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"structured": False}, "structured True, not False: leave --no-structured out"),
        ({"thinking": True}, "thinking None, not True: leave --thinking out"),
        (
            {"reply_tokens": {"actor": 96}},
            "reply_tokens planner=160,actor=48,critic=32,reflector=200, not "
            "planner=160,actor=96,critic=32,reflector=200: leave --reply-tokens out",
        ),
    ],
)
def test_replies_asked_for_otherwise_are_refused(wanted: dict[str, Any], told: str) -> None:
    with pytest.raises(RunError, match=re.escape(f"was begun with {told}")):
        PlaySettings.resumed(BEGUN.to_json(), wanted, "mine")


def test_how_replies_are_asked_for_is_kept_and_may_be_given_again() -> None:
    wanted = {"choose": "title", "thinking": False, "reply_tokens": {"actor": 96}}
    begun = PlaySettings.parsed(wanted)
    resumed = PlaySettings.resumed(begun.to_json(), wanted, "mine")
    assert resumed.to_json() == begun.to_json()
    context = begun.context()
    assert (context.choose, context.thinking, context.reply_tokens.actor) == ("title", False, 96)


def test_a_thread_from_before_a_setting_goes_on_with_its_default() -> None:
    kept = json.loads(BEGUN.to_json())
    for name in ("choose", "structured", "thinking", "reply_tokens"):
        del kept[name]
    assert PlaySettings.resumed(json.dumps(kept), {"structured": True}, "mine") == BEGUN


def test_secrets_in_kept_settings_are_refused() -> None:
    kept = PlaySettings(base_url="http://me:s3cret@x/v1").to_json()
    with pytest.raises(ModelError) as refused:
        PlaySettings.resumed(kept, {}, "mine")
    assert "s3cret" not in str(refused.value)


def test_a_person_is_nobody_of_the_world_unless_they_name_a_user() -> None:
    assert PlaySettings().episode_input() == {"user": NO_USER}
    assert PlaySettings(user=0).episode_input() == {"user": 0}
    assert BEGUN.episode_input() == {"user": NO_USER, "viewed": ["Lunar Lantern"]}


def test_the_context_asks_the_person_and_takes_every_setting() -> None:
    context = BEGUN.context()
    assert context.human
    assert (context.model, context.max_rounds, context.world) == ("openai:x", 9, "demo")
