"""A small shop, sessions in it, and what else the nodes' tests share."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage

from models import Role, ScriptedChatModel, from_chat_model
from nodes import Arm, CatalogueSearch, EpisodeState, Grounder, Likeness, Parts, Step, Taste
from nodes.situation import initial_situation
from nodes.state import Choice
from simulator import Catalogue, Half, HalfName, QuitCause, QuitRule, World
from simulator.arrays import Ratings
from stores import Memories, Row, SentenceEmbedder, reflection

SHOP = Catalogue.of(
    [
        ("Opal Ferry", ["Puzzle", "Mystery"]),
        ("Lunar Vault", ["Strategy"]),
        ("Jade Engine", ["Racing"]),
        ("Quiet Garden", ["Puzzle", "Farming"]),
        ("Feral Parade", ["Sports"]),
        ("Amber Quarry", ["Puzzle"]),
        ("Thorn Harbour", ["Horror"]),
        ("Winter Railway", ["Strategy", "Racing"]),
    ]
)
TRAIN = [4.0, 3.5, 3.0, 4.5, 2.5, 5.0, 1.0, 2.0]
TEST = [1.5, 2.0, 4.0, 3.0, 5.0, 2.5, 4.5, 1.0]
BILLP = Arm("billp", True, True, True, ("categories", "search", "best", "rested", "taste"))


@dataclass(frozen=True)
class SameForAll:
    """Every user rates as the list says."""

    ratings: Sequence[float]

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        ratings = np.array(self.ratings, np.float32)
        return ratings if items is None else ratings[list(items)]

    def rate_all(self, users: Sequence[int]) -> Ratings:
        return np.stack([self.rate(user) for user in users])


class Untouchable:
    """Ratings that nobody may ask for."""

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        raise AssertionError("the test half was asked")


class Witness(BaseCallbackHandler):
    """Keeps the prompts that a chat model was given."""

    def __init__(self) -> None:
        self.prompts: list[list[BaseMessage]] = []

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any
    ) -> None:
        self.prompts.extend(messages)


def scripted(
    replies: Mapping[Role, list[str]], witness: Witness | None = None
) -> ScriptedChatModel:
    """A chat model with these replies, and perhaps someone who watches it."""
    return ScriptedChatModel(replies=dict(replies), callbacks=[witness] if witness else [])


def parts_of(
    embedder: SentenceEmbedder,
    memories: Memories,
    replies: Mapping[Role, list[str]] | None = None,
    rule: QuitRule | None = None,
    witness: Witness | None = None,
    shop: Catalogue = SHOP,
) -> Parts:
    """The shop's live parts; its users are played by the test half."""
    vectors, items = np.eye(len(shop), dtype=np.float32), range(len(shop))
    train, test = ([half[item % len(half)] for item in items] for half in (TRAIN, TEST))
    halves: dict[HalfName, Half] = {
        "train": Half(SameForAll(train), vectors),
        "test": Half(SameForAll(test), vectors),
    }
    world = World("shop", shop, halves, [(0, 1), (3,)], QuitRule(beta=0.5))
    model = scripted(replies or {}, witness)
    search, expected = CatalogueSearch(shop, embedder), world.halves["train"].rewards
    return Parts(
        arm=BILLP,
        world=world,
        half=world.half("test"),
        rule=rule or world.rule,
        embedder=embedder,
        catalogue_search=search,
        likeness=Likeness(shop, search.vectors, expected, world.users),
        taste=Taste(expected),
        grounder=Grounder(shop, embedder),
        memories=memories,
        chat=from_chat_model(model),
    )


def steps_of(
    titles: Sequence[str],
    *,
    plan: str = "a plan",
    reward: float = 4.0,
    quit: QuitCause | None = None,
) -> list[Step]:
    """One round a title; a quit happens in the last."""
    return [
        Step(
            round=number,
            thought=plan,
            plan=plan,
            reply=title,
            item=title,
            found="exact",
            reward=reward,
            quit=quit if number == len(titles) else None,
        )
        for number, title in enumerate(titles, start=1)
    ]


def episode(history: Sequence[str] = (), steps: Sequence[Step] = ()) -> EpisodeState:
    """The state of a session under way."""
    return EpisodeState(
        user=0,
        id="an-episode",
        started=7,
        history=list(history),
        principles=[],
        thought="Next: Puzzle.",
        choice=Choice(reply="", item="", found="exact"),
        value=0.0,
        steps=list(steps),
        verdicts=[],
        recalls=[],
        usage=[],
        ending=None,
        reflection="",
        reflection_fields=None,
        remembered={},
    )


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a compressed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def reflected(
    likes: Sequence[str] = (), *, rest: int | None = None, **fields: Any
) -> dict[str, Any]:
    """The fields of a reflection on three rounds, after which the user left."""
    said = {"why": "bored", "genres": [], "rest": rest, "show": [], "avoid": []}
    return {**said, "returned": [[1, 0, 1]], "new": [2, 2], "likes": list(likes), **fields}


def reflection_row(
    likes: Sequence[str] = (),
    *,
    episode: str = "e",
    at: int = 1,
    reward: float = 10.0,
    situation: str | None = "",
    text: str = "a text",
    note: str = "",
    **fields: Any,
) -> Row:
    """A reflection as it is stored: filed under its situation, unless another or none is given."""
    return reflection(
        text,
        episode=episode,
        at=at,
        length=3,
        reward=reward,
        situation=initial_situation(likes) if situation == "" else situation,
        fields=reflected(likes, **fields),
        note=note,
    )
