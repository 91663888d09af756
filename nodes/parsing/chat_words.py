"""The words by which a person's message is understood."""

import re

WORD = re.compile(r"\d+(?:[.,/]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text, without case; the same for genres and what people say."""
    return WORD.findall(text.casefold().replace("\u2019", "'"))


def words(text: str) -> frozenset[str]:
    """A set of words."""
    return frozenset(text.split())


def phrases(*lines: str) -> frozenset[str]:
    """A set of phrases, which commas divide."""
    return frozenset(phrase for line in lines for phrase in line.split(", "))


FILLER = words(
    "please thanks thank hi hello hey ok okay well oh hmm hm yes yeah sure cool just then and "
    "actually instead rather"
)
ENDS = phrases(
    "stop, stop it, bye, goodbye, good bye, bye bye, bye for now, quit, exit, end, done, i'm done",
    "enough, that's enough, that's all, that is all, that's it, see you, good night, no more",
    "end session, end the session",
)
SKIPS = phrases(
    "no, nope, nah, not this, not that, not it, not this one, not that one, not for me",
    "something else, anything else, something different, a different one, other, another",
    "another one, next, next one, the next one, what's next, what next, what else",
    "skip, skip it, skip this, skip this one, skip that, pass, played it, i played it",
    "already played it, i already played it, i know it, i know that one, seen it, i've seen it",
    "read it, i've read it",
)
UNDECIDED = phrases(
    "i don't know, don't know, dunno, not sure, i'm not sure, no idea, never mind, no problem",
    "no worries, why not",
)
ASKING = words(
    "what should shall can could would will i we me you do play watch read buy try tonight today "
    "now next recommend recommendation recommendations suggest suggestion suggestions something "
    "anything a an the good nice new game games movie movies film films book books item items some "
    "any to for give show pick find one surprise what's is there have got want need like i'd i'll "
    "love see my your help which more of on this evening weekend night let's go start"
)
POINTERS = words("it it's its that that's this one them these those")
NEGATIONS = words("not no never don't didn't doesn't wasn't isn't wouldn't")

AROUND_RATINGS = (
    FILLER
    | POINTERS
    | NEGATIONS
    | words(
        "i i'd i'll would will give gave rate rated rating score was is a an the solid strong weak "
        "about around maybe say of out from me my star stars point points so very really much too "
        "to for as quite pretty game movie film book you absolutely lot"
    )
)
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}  # "one" mostly points at something
OF_THE_PAST = {"loved": 5, "adored": 5, "enjoyed": 4, "liked": 4, "disliked": 2, "hated": 1}
OF_IT = {"love": 5, "like": 4, "enjoy": 4, "dislike": 2, "hate": 1}
IT_WAS = {
    **dict.fromkeys(words("amazing excellent fantastic brilliant perfect awesome"), 5),
    **dict.fromkeys(words("great good fun nice"), 4),
    **dict.fromkeys(words("ok okay fine average"), 3),
    **dict.fromkeys(words("boring bad dull"), 2),
    **dict.fromkeys(words("awful terrible horrible"), 1),
}

REFUSAL = re.compile(
    r"\b(?:not|no|non|without|avoid(?:ing)?|except|nothing|never|hate|dislike|can't stand"
    r"|(?:any|every)thing but|(?:do|does|did|would)(?:n't| not))\b"
)
BESIDE_REFUSED = (
    FILLER
    | POINTERS
    | words(
        "game games movie movies film films book books stuff things thing titles genre any more or "
        "nor with a an the i me my want like love too so very at all tonight today anymore again "
        "to play of in mood for into feel"
    )
)
