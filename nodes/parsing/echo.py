"""Replies that repeat their prompt: its instructions, its forms, or the lines of its session."""

import re
from collections.abc import Callable

from nodes.parsing.reply import SESSION_LINE, UnusableReplyError

WORDS_IN_A_ROW = 5
MOSTLY = 0.5  # of a reply's runs of words: as many may be the prompt's own
WORD = re.compile(r"\w+")
FORM = re.compile(r"<[a-z][a-z ]{0,20}>")


class EchoError(UnusableReplyError):
    """A reply that says its prompt again."""


def not_an_echo(parse: Callable[[str], str], instructions: str) -> Callable[[str], str]:
    """The parser, refusing answers that repeat the instructions or tell the session again."""

    def parsed(reply: str) -> str:
        answer = parse(reply)
        if FORM.search(answer):
            raise EchoError("the form was not filled in: replace what is in <brackets>")
        if SESSION_LINE.search(answer):
            raise EchoError("it tells the session again: say what follows from it")
        if repeats(answer, instructions):
            raise EchoError("it repeats the instructions: say it about this user")
        return answer

    return parsed


def repeats(text: str, instructions: str) -> bool:
    """Whether most of a text's runs of words are the instructions' own."""
    runs = _runs(text)
    return bool(runs) and len(runs & _runs(instructions)) > MOSTLY * len(runs)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(text.casefold())
    return {tuple(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)}
