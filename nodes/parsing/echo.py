"""Replies that repeat their prompt: its instructions, its examples, its forms, its session."""

import re
from collections.abc import Callable, Collection

from nodes.parsing.reply import SESSION_LINE, UnusableReplyError

WORDS_IN_A_ROW, FEWEST_WORDS = 5, 3  # a reply of three or four words is one run, a shorter none
MOSTLY = 0.5  # of a reply's runs of words: as many may be the prompt's own
BY_CHANCE = 1  # foreign name that a plan may say: a genre of an example may be a plain word
WORD = re.compile(r"\w+")
FORM = re.compile(r"<[a-z][a-z ]{0,20}>")


class EchoError(UnusableReplyError):
    """A reply that says its prompt again."""


def not_an_echo(
    parse: Callable[[str], str], instructions: str, foreign: Collection[str] = ()
) -> Callable[[str], str]:
    """The parser, refusing answers that repeat the instructions or tell the session again.

    It refuses answers about the user of an example too, which say names `foreign` to the world.
    """

    def parsed(reply: str) -> str:
        answer = parse(reply)
        if FORM.search(answer):
            raise EchoError("the form was not filled in: replace what is in <brackets>")
        if SESSION_LINE.search(answer):
            raise EchoError("it tells the session again: say what follows from it")
        if repeats(answer, instructions):
            raise EchoError("it repeats the instructions: say it about this user")
        if sum(_says(answer, name) for name in foreign) > BY_CHANCE:
            raise EchoError("it is about the user of an example: say it about this user")
        return answer

    return parsed


def repeats(text: str, instructions: str) -> bool:
    """Whether most of a text's runs of words are the instructions' own."""
    words = WORD.findall(text.casefold())
    length = min(WORDS_IN_A_ROW, len(words))
    if length < FEWEST_WORDS:
        return False
    runs = _runs(words, length)
    return len(runs & _runs(WORD.findall(instructions.casefold()), length)) > MOSTLY * len(runs)


def _runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def _says(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None
