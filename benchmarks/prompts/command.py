"""Runs the evaluation, and reports what was done also where it was interrupted."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rich.console import Console
from rich.progress import Progress

from benchmarks.prompts.answers import Asked
from benchmarks.prompts.asking import ORDER, Stage, ask_all
from benchmarks.prompts.cassette import record
from benchmarks.prompts.options import Options, read_options
from benchmarks.prompts.places import WorldName, place_of
from benchmarks.prompts.report import Evaluation, prompts_hash, show, write
from benchmarks.prompts.returns import returns_from
from benchmarks.prompts.situations import Stored, situations_of
from experiments.errors import one_line
from experiments.runs.files import check_place
from experiments.terminal import wide_console
from graph.load import load_parts
from models import CallError, ModelError, ModelSpec, RunStoppedError, connect, exact_name
from simulator import WorldError

REFUSED, INTERRUPTED = 2, 130


def main(arguments: Sequence[str]) -> int:
    """Prints tables; 2 where a model or a world cannot be had, 130 after Ctrl-C."""
    options, asked = read_options(arguments), list[Asked]()
    status = 0
    hashes: dict[str, str] = {}
    try:
        for file in filter(None, (options.json, options.record)):
            check_place(file)
        asyncio.run(evaluate(options, hashes, asked))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except (ModelError, CallError, RunStoppedError, WorldError, OSError) as error:
        print(f"benchmarks prompts: {one_line(str(error))}", file=sys.stderr)
        status = REFUSED
    if asked:
        asked.sort(key=lambda one: (one.world, one.number, ORDER.index(one.role)))
        evaluation = Evaluation(
            model=exact_name(spec_of(options)),
            prompts=prompts_hash(),
            choose=options.choose,
            structured=options.structured,
            seed=options.seed,
            concurrency=options.concurrency,
            situations=hashes,
            complete=not status,
        )
        if options.json:
            write(options.json, evaluation, asked)
        if options.record:
            record(options.record, evaluation, asked)
        show(wide_console(), evaluation, asked)
    return status


def spec_of(options: Options) -> ModelSpec:
    """The chat model, as `connect` takes it."""
    return ModelSpec(
        name=options.model,
        base_url=options.base_url,
        seed=options.seed,
        structured=options.structured,
    )


async def evaluate(options: Options, hashes: dict[str, str], asked: list[Asked]) -> None:
    """Asks in all situations; `hashes` and `asked` are filled on the way."""
    chat = connect(spec_of(options), concurrency=options.concurrency)
    stored = await _stored(options)
    hashes |= {world: one.digest for world, one in stored.items()}
    stages: dict[str, Stage] = {world: await _stage(one, options) for world, one in stored.items()}
    situations = [
        situation
        for one in stored.values()
        for situation in one.situations
        if situation.role in options.roles
    ]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("situations", total=len(situations))

        def on_asked(one: Asked) -> None:
            asked.append(one)
            progress.advance(task)

        await ask_all(situations, stages, chat, options.concurrency, on_asked)


async def _stored(options: Options) -> Mapping[WorldName, Stored]:
    """The situations of each world that can be had; one that was asked for alone must be."""
    found: dict[WorldName, Stored] = {}
    for world in options.worlds:
        try:
            place = await asyncio.to_thread(place_of, world)
        except WorldError as error:
            if options.world != "both":
                raise
            print(f"benchmarks prompts: left out {world}: {error}", file=sys.stderr)
            continue
        found[world] = await situations_of(world, place, options.in_each, options.seed)
    return found


async def _stage(stored: Stored, options: Options) -> Stage:
    """Settings, live parts and returns for the situations of a world."""
    context = replace(stored.context, choose=options.choose)
    parts = await asyncio.to_thread(load_parts, context, memories=stored.memories)
    valued = [one for one in stored.situations if one.role == "critic"]
    returns = await asyncio.to_thread(
        returns_from,
        valued if "critic" in options.roles else [],
        parts.world,
        context.half,
        context.gamma,
        options.seed,
    )
    return Stage(context, parts, returns)
