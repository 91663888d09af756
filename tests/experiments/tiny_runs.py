"""Commands as users give them, in this process, on runs small enough for a test."""

import asyncio
import csv
import io
import json
import random
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from experiments.cli import main
from models import (
    ChatCall,
    Ledger,
    ModelSpec,
    OfflineChatModel,
    ReplyCache,
    from_chat_model,
    prompt_text,
)
from models.cached import cached
from models.meter import metered
from nodes.trajectory import VIEWED_TITLES
from simulator import load_world

SMALL = (
    *("--world", "demo", "--seeds", "2", "--train-episodes", "4", "--episodes", "3"),
    *("--batch", "2", "--rounds", "4", "--no-report"),
)
Before = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


def change_world(folder: Path) -> None:
    """Makes a run one of a world that has changed since."""
    run = json.loads((folder / "run.json").read_text())
    run["world"]["digest"] = "0123abcd"
    (folder / "run.json").write_text(json.dumps(run))


def billp(*arguments: object) -> Done:
    """Runs a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        try:
            code: Any = main([str(argument) for argument in arguments])
        except SystemExit as left:  # how argparse refuses
            code = left.code
    return Done(int(code), out.getvalue(), err.getvalue())


def compare(folder: Path, *arguments: object) -> Done:
    """A small comparison."""
    return billp("compare", *SMALL, "--out", folder, *arguments)


def summary(folder: Path) -> bytes:
    """The summary as it was written."""
    return (folder / "summary.json").read_bytes()


def figures(folder: Path, variant: str, phase: str = "frozen") -> Any:
    """What the summary says of a phase."""
    return json.loads(summary(folder))["variants"][variant]["phases"][phase]


def calls(folder: Path) -> list[dict[str, str]]:
    """Every chat call that was paid."""
    with (folder / "calls.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def records(folder: Path, cell: str) -> list[dict[str, Any]]:
    """What was written of the episodes of a cell, in the order in which they ended."""
    path = folder / "cells" / cell / "episodes.jsonl"
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [json.loads(line) for line in lines if line]


def journals(folder: Path) -> dict[str, bytes]:
    """What each memory of a run has learned, in the order in which it was committed."""
    found = sorted((folder / "cells").glob("*/*/journal.jsonl"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def is_of(user: int, prompt: str) -> bool:
    """Whether a prompt is about this user of the demo world."""
    world = load_world("demo")
    told = world.histories[user][-VIEWED_TITLES:]
    return all(world.catalogue.titles[item] in prompt for item in told)


class MoodyModel(OfflineChatModel):
    """The offline model with something before each reply: an error, or a while to wait."""

    before: Before
    dice: Any = None

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self.dice:
            await asyncio.sleep(self.dice.uniform(0, 0.01))
        self.before(prompt_text(messages))
        return await super()._agenerate(messages, stop, run_manager, **kwargs)


def moody(
    before: Before = lambda _: None, dice: random.Random | None = None
) -> Callable[..., ChatCall]:
    """In place of `models.connect`."""

    def connect(
        spec: ModelSpec,
        ledger: Ledger | None = None,
        cache: ReplyCache | None = None,
        concurrency: int = 1,
    ) -> ChatCall:
        call = from_chat_model(MoodyModel(seed=spec.seed, before=before, dice=dice))
        call = metered(call, spec, ledger) if ledger else call
        return cached(call, spec, cache) if cache else call

    return connect
