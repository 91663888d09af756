"""The chat models of a run are checked before it begins."""

import pytest

from experiments.playing.model_checks import check_models
from models import ModelError, ModelSpec

FOREIGN = ("openai:gpt-x", "anthropic:claude-x", "mistralai:x", "community:ChatLlamaCpp:x.gguf")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_model_that_nobody_asks_needs_neither_key_nor_package_nor_file(name: str) -> None:
    with pytest.raises(ModelError):
        check_models([ModelSpec(name)])
    check_models([ModelSpec(name)], keys=False)


@pytest.mark.parametrize("name", ["antropic:claude-x", "anthropic:", "scripted:nowhere.jsonl"])
def test_a_name_that_means_nothing_is_refused_all_the_same(name: str) -> None:
    with pytest.raises(ModelError):
        check_models([ModelSpec(name)], keys=False)
