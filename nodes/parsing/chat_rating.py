"""The rating in a clause of a person's message: `4`, `4/5`, `four stars`, `I loved it`."""

import re
from collections.abc import Sequence

from nodes.parsing.chat_words import (
    AROUND_RATINGS,
    IT_WAS,
    NEGATIONS,
    NUMBERS,
    OF_IT,
    OF_THE_PAST,
    POINTERS,
)
from simulator import RATING_MAX, RATING_MIN

NUMBER = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?)(?:/(\d{1,9}))?")
OPINIONS = OF_THE_PAST.keys() | OF_IT.keys() | IT_WAS.keys()
NEGATED = {5: 2, 4: 2, 3: 2, 2: 3, 1: 3}  # "not great", "not bad"


def rating_in(words: Sequence[str]) -> tuple[float | None, str]:
    """The rating of a clause that is nothing else, or the number in it that can be none."""
    rest = [word for word in words if word not in AROUND_RATINGS]
    rest = rest or [word for word in words if word in OPINIONS]
    if "star" in words and "one" in words and not rest:
        return 1.0, ""
    if rest and all(_number(word) for word in rest):
        value, scale = _number(rest[0]) or (0.0, "")
        of_five = [_number(word) for word in rest[1:]] in ([], [(RATING_MAX, "5")])
        if of_five and scale == "5" and RATING_MIN <= value <= RATING_MAX:
            return value, ""
        return None, " ".join(words)
    if len(rest) == 1 and rest[0] in OPINIONS:
        return _opinion(rest[0], words), ""
    return None, ""


def is_praise_or_blame(words: Sequence[str]) -> bool:
    """Whether a clause is nothing but an opinion, of whatever it is."""
    return all(word in AROUND_RATINGS or word in OPINIONS for word in words)


def _number(word: str) -> tuple[float, str] | None:
    """A number and the scale that it is on."""
    if word in NUMBERS:
        return float(NUMBERS[word]), "5"
    found = NUMBER.fullmatch(word)
    return (float(found[1].replace(",", ".")), found[2] or "5") if found else None


def _opinion(opinion: str, words: Sequence[str]) -> float | None:
    """What an opinion of the item counts; of praise alone it is unclear what is praised."""
    points, was = not POINTERS.isdisjoint(words), not {"was", "wasn't"}.isdisjoint(words)
    value = OF_THE_PAST.get(opinion)
    if points and value is None:
        value = OF_IT.get(opinion) or (IT_WAS.get(opinion) if was else None)
    if value is None:
        return None
    return float(value if NEGATIONS.isdisjoint(words) else NEGATED[value])
