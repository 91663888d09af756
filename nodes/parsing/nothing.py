"""Answers that stand where a title should and name nothing: ends, refusals, unfilled forms."""

import re

NOTHING = re.compile(
    r"stop(?:ped| here)?|finish(?:ed)?|ended|(?:the )?end(?: of)?(?: session)?|quit|exit|done|skip"
    r"|pass|i (?:stop|quit|pass)|null|nil|nan|n ?a|undefined|unknown|not (?:applicable|available)"
    r"|none(?: of (?:them|these|the above|the candidates))?|nothing(?: else| more)?"
    r"|no(?: (?:more |suitable )?(?:answer|titles?|items?|recommendations?))?"
)
OTHER_ACTION = re.compile(r"(\w{1,20})\[.{0,80}\]")  # as in finish[]
PLACEHOLDER = re.compile(  # the form of the answer, copied without filling it in
    r"(?:recommend )?(?:(?:the|an?|your|one|item|movie|game|book) )?(?:title|item|name)"
    r"(?: (?:of|from) (?:the|an?) (?:item|movie|catalogue))?|recommend"
)
REFUSAL = re.compile(
    r"(?:i(?:['\u2019]m| am) (?:sorry|afraid|unable|not able)|as an ai|unfortunately|"
    r"sorry,? (?:but|i)|"
    r"i (?:cannot|can not|can['\u2019]t|will not|won['\u2019]t|do not|don['\u2019]t) "
    r"(?:help|recommend|assist|comply|provide|answer|find|continue|fulfil+))\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+")


def names_nothing(title: str) -> bool:
    """Whether a title, as a reply gives it, says that there is none, or leaves it open."""
    other = OTHER_ACTION.fullmatch(title)
    words = " ".join(WORD.findall((other[1] if other else title).casefold()))
    says_so = NOTHING.fullmatch(words) or PLACEHOLDER.fullmatch(words) or REFUSAL.match(title)
    return bool(says_so) or title in ("...", "\u2026")
