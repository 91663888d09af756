"""A cassette: the replies of a real model, few and small enough to be kept with the tests.

`python -m benchmarks.prompts.cassette EVALUATION.json CASSETTE.jsonl` makes one of what `--json`
wrote. The first line says which model answered which prompts; each further one is a reply.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.prompts.answers import Answer, Asked, Chosen, Planned, Reflected, Valued
from benchmarks.prompts.options import Choose
from benchmarks.prompts.places import WorldName
from benchmarks.prompts.report import Evaluation
from experiments.errors import RunError, one_line
from experiments.runs.files import check_place, read_json, write_lines
from models import Role
from nodes import Context
from nodes.critic import highest_value

KEPT = 60  # situations of each role in each world
IN_FORM = "in form"
TOP = highest_value(Context().gamma)
ADDRESS = re.compile(r"@https?://.*")
USAGE = "usage: python -m benchmarks.prompts.cassette EVALUATION.json CASSETTE.jsonl"
REMEDY = "make it again with `python -m benchmarks prompts --json FILE`"


@dataclass(frozen=True)
class Header:
    """Which model answered, the hash of its prompts, how it was asked, and in how many situations.

    The hash tells whether a reply that echoes its prompt is still an echo of today's.
    """

    model: str
    prompts: str
    choose: Choose
    structured: bool
    situations: int


@dataclass(frozen=True)
class Recorded:
    """A reply, and `in form` or why the node's parser refused it.

    `answer` is what was read in the reply, unless it is the reply itself. Replies that are alike in
    all of this are one, given so many `times`.
    """

    role: Role
    world: WorldName
    first: bool  # it is no answer to a repair
    text: str
    output: int = field(compare=False)  # tokens, of the first such reply
    outcome: str
    finish_reason: str | None = None
    answer: str | None = None
    offered: int | None = None  # candidates, of the Actor
    top: float | None = None  # the highest value, of the Critic
    rounds: int | None = None  # played, before what the Planner and the Reflector say
    left: bool | None = None  # whether its user left; None where the evaluation did not say
    times: int = 1


@dataclass(frozen=True)
class Cassette:
    """The replies of a model."""

    header: Header
    replies: Sequence[Recorded]


@dataclass(frozen=True)
class Evaluated:
    """What a cassette takes from the file that `--json` writes."""

    evaluation: Evaluation
    asked: Sequence[Asked]


EVALUATED = TypeAdapter(Evaluated)
HEADER = TypeAdapter(Header)
REPLY = TypeAdapter(Recorded)


def record(path: Path, evaluation: Evaluation, asked: Sequence[Asked]) -> None:
    """Replaces a file by the cassette of an evaluation."""
    kept = [one for one in asked if one.number < KEPT and one.answer is not None]
    found = Counter(reply for one in kept for reply in _replies(one))
    header = Header(
        model=ADDRESS.sub("", evaluation.model),
        prompts=evaluation.prompts,
        choose=evaluation.choose,
        structured=evaluation.structured,
        situations=len(kept),
    )
    replies = [replace(reply, times=times) for reply, times in found.items()]
    write_lines(path, [asdict(header), *map(_line, replies)])


def read_cassette(path: Path) -> Cassette:
    """The replies in a file that `record` wrote."""
    header, *lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return Cassette(HEADER.validate_json(header), [REPLY.validate_json(line) for line in lines])


def said(answer: Answer) -> str:
    """What a role answered, as text; of the Reflector its own words."""
    match answer:
        case Planned():
            return answer.text
        case Reflected():
            return answer.fields["note"]
        case Chosen():
            return answer.reply
        case Valued():
            return f"{answer.value:g}"


def _replies(asked: Asked) -> Iterator[Recorded]:
    """All replies in a situation; the last one is the answer, unless it was refused."""
    over = asked.role == "reflector"
    for number, call in enumerate(asked.calls):
        read = None if call.refused or not asked.answer else said(asked.answer)
        yield Recorded(
            role=asked.role,
            world=asked.world,
            first=number == 0,
            text=call.text,
            finish_reason=call.finish_reason,
            output=call.output,
            outcome=call.refused or IN_FORM,
            answer=None if read == call.text else read,
            offered=asked.answer.offered if isinstance(asked.answer, Chosen) else None,
            top=TOP if asked.role == "critic" else None,
            rounds=asked.round - 1 if over or asked.role == "planner" else None,
            left=asked.left if over else None,
        )


def _line(reply: Recorded) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(reply).items() if value is not None}


def main(arguments: Sequence[str]) -> int:
    """Makes a cassette of an evaluation's file; 2 where that cannot be."""
    if len(arguments) != 2:
        print(USAGE, file=sys.stderr)
        return 2
    source, target = map(Path, arguments)
    try:
        check_place(target)
        found = read_json(source, EVALUATED, REMEDY)
        record(target, found.evaluation, found.asked)
    except (RunError, OSError) as error:
        print(f"cassette: {one_line(str(error))}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
