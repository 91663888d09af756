"""Writes the data cards of worlds: python docs/programs/cards.py demo|steam|movielens ...

A world is found as commands find it; `steam` and `movielens` have to be built before.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.commands.world_views.table import world_rows
from simulator import load_world
from simulator.building.describe import made_card
from simulator.downloads.sources import MOVIELENS, STEAM, Source
from simulator.folder import Card, load_world_folder
from simulator.load import world_folder

CARDS = Path(__file__).resolve().parents[1] / "cards"
ENDING = """\
[worlds.md](../worlds.md#what-the-table-says) explains each line;
`python docs/programs/cards.py {name}` writes this page from the world."""


@dataclass(frozen=True)
class Words:
    """What a card says that no program can know; lines of a list each."""

    what: str
    limits: tuple[str, ...]
    source: Source | None = None
    history: str = ""


WORDS = {
    "demo": Words(
        "Fictional games, and users who love five of twelve genres, cannot stand four and like "
        "the others; a user's tastes drift from one half to the other, and from what is expected "
        "of them. It is made by code from a seed in well under a second, so everything can be "
        "tried, tested and shown without a log.",
        limits=(
            "Nobody played these games: tastes are a sum over genres, so a method that counts "
            "genres has everything that there is to know.",
            "Users are drawn independently and do not change while they play.",
            "Titles mean nothing. A language model's knowledge of real games helps nobody here.",
        ),
    ),
    "steam": Words(
        "Games that people of Steam played, and for how long; more than three hours count "
        "as a rating of 5, fewer as 2.",
        limits=(
            "Hours are no ratings: who played little may have had no time.",
            "The dates are made up in the order of the rows, so the halves are drawn at random, "
            "and nothing is learned of how tastes change.",
            "A quarter of the items has no genres. Rules by genres do not see them.",
            "DeepFM hardly rates better than the means of users and items: personal taste is a "
            "small part of what this log tells.",
            "It is a sample of the log: UCSD's whole one has millions of reviews, and the paper's "
            "world has other items and users.",
        ),
        source=STEAM,
        history="These figures are of a public log of 70,489 play records (Steam 200k) in the "
        "layout of UCSD's files; build it from UCSD's own for other figures. None of the data is "
        "in this project.",
    ),
    "movielens": Words(
        "Films that 610 users rated from 0.5 to 5 stars, with real times: the data set "
        "ml-latest-small.",
        limits=(
            "People rate films that they have seen, often years later and many in one sitting: "
            "nobody left a session over one of them.",
            "Only 610 users, of whom each rated 20 films or more: light users are not in it.",
            "The later half of a user's ratings is of other films than the earlier one, as "
            "tastes and what is on offer change.",
            "A language model has read about these films, and perhaps this data set.",
        ),
        source=MOVIELENS,
        history="These figures are of ml-latest-small (100,836 ratings). None of the data is in "
        "this project.",
    ),
}
SHARED_LIMITS = (
    "Ratings of unseen pairs are a model's, users leave by a rule that is calibrated so that greed "
    "fails and planning pays, and no simulated user changes their mind. A figure of this world "
    "compares methods; it does not say how long people would stay.",
)


def card_page(name: str, card: Card, digest: str) -> str:
    """A world's card as a page; a digest tells builds of one log apart."""
    words, statistics = WORDS[name], card["statistics"]
    lines = [f"# World `{name}`", "", words.what, "", "| | |", "|---|---|"]
    lines += [f"| {label} | {said} |" for label, said in facts(words, card)]
    lines += [f"| {label} | {said} |" for label, said in world_rows(card).items()]
    lines += ["", ENDING.format(name=name)]
    if "notes" in card:
        lines += ["", "## How it was built", "", words.history, "", "```console"]
        lines += [f"$ billp world build {name} --source FOLDER", "```", ""]
        lines += [f"- {note}" for note in card["notes"]]
        lines.append(f"- {100 * statistics['share_with_genres']:.0f} % of the items have genres")
        lines.append(f"- a user's ratings are divided into halves by `{card['halves']}`")
        lines.append(
            f"- digest `{digest}`: on another processor fits end elsewhere, and so do figures"
        )
    lines += ["", "## What it cannot tell", ""]
    lines += [f"- {limit}" for limit in (*words.limits, *SHARED_LIMITS)]
    lines += [f"- {warning}" for warning in card["warnings"]]
    return "\n".join(lines) + "\n"


def facts(words: Words, card: Card) -> Iterator[tuple[str, str]]:
    """Where it is from, and the rule by which users leave."""
    if words.source:
        yield "source", f"<{words.source.page}>"
        yield "licence", words.source.licence
    else:
        yield "source", "`simulator/demo.py`"
        yield "licence", "MIT, as this project"
    rule = card["rule"]
    yield (
        "users leave over",
        f"an item nearer than beta to one of the last {rule['window']}, one shown before, or one "
        f"rated below {rule['min_reward']:g}",
    )


def read(name: str) -> tuple[Card, str]:
    """The card of a world, made or built, and the world's digest."""
    if folder := world_folder(name):
        world, card = load_world_folder(folder)
        return card, world.digest
    made = load_world(name)
    return made_card(made), made.digest


def main() -> None:
    """A page for each world that is named."""
    names = sys.argv[1:]
    if not names or set(names) - set(WORDS):
        sys.exit(__doc__)
    for name in names:
        (CARDS / f"{name}.md").write_text(card_page(name, *read(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
