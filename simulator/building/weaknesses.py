"""What makes a world a poor test of planning, and what to change, as its card tells it."""

from collections.abc import Callable, Mapping
from statistics import mean

from simulator.building.calibrate import GREEDY_AT_MOST, ORACLE_AT_LEAST, TIMES_GREEDY
from simulator.environment import MAX_ROUNDS
from simulator.folder import Card

FEW_LIKED, NEARLY_ALL_LIKED = 0.05, 0.98  # shares of all pairs of a user and an item
CHANCE = 0.6  # AUC of a model that hardly tells seen from unseen
LITTLE_BETTER = 0.98  # of the error that user and item biases have
AS_GOOD = 0.8  # of the oracle's length


def weaknesses(card: Card) -> list[str]:
    """A line for each weakness: its name, what was found, what to change; none for a good world."""
    found = {name: say(card) for name, say in WEAKNESSES.items()}
    return [f"{name}: {said}" for name, said in found.items() if said]


def _few_items(card: Card) -> str | None:
    items = card["statistics"]["items"]
    if items >= MAX_ROUNDS or not card["rule"]["no_repeats"]:
        return None
    all_items = card["statistics"].get("items_before_core", items)
    rare = "keep rarer items too (a smaller --k), " if all_items >= MAX_ROUNDS else ""
    return (
        f"with {items} items a session is over after {items} rounds, as nobody is shown one twice; "
        f"{rare}use a log of {MAX_ROUNDS} items or more, or compare sessions of fewer rounds "
        f"(--rounds {max(1, items // 2)})"
    )


def _all_disliked(card: Card) -> str | None:
    liked = _share_liked(card)
    if liked >= FEW_LIKED:
        return None
    said = f"only {liked:.1%} of all pairs of a user and an item would be rated 2 or more"
    if negatives := card.get("negatives"):
        fewer = f"--negatives {negatives / 4:.2g}"
        return f"{said}; build it with fewer negatives than {negatives:g} ({fewer})"
    return f"{said}; the log's own ratings are low: bring them to a scale on which 2 is acceptable"


def _nothing_disliked(card: Card) -> str | None:
    liked = _share_liked(card)
    if liked <= NEARLY_ALL_LIKED:
        return None
    more = max(0.25, 2 * card.get("negatives", 0.0))
    return (
        f"{liked:.1%} of all pairs are expected to be rated 2 or more, so tastes hardly matter; "
        f"build it with more negatives (--negatives {more:g})"
    )


def _no_tastes(card: Card) -> str | None:
    fits = list(card.get("fit", {}).values())  # small halves have chance figures: both together
    if not fits:
        return None
    auc = mean(fit["auc_deepfm"] for fit in fits)
    error = mean(fit["rmse_deepfm"] / fit["rmse_biases"] for fit in fits)
    if auc >= CHANCE or error <= LITTLE_BETTER:
        return None
    return (
        f"the model hardly knows what a user would choose (AUC {auc:.2f}, chance is 0.5), and "
        "rates no better than the means of users and items; it needs more ratings of each: "
        "a longer log, or a larger --k"
    )


def _greedy_stays(card: Card) -> str | None:
    lasts = card["reference"]["greedy"]["len"]
    if lasts <= GREEDY_AT_MOST:
        return None
    return (
        f"greedy lasts {lasts:.1f} rounds, and at most {GREEDY_AT_MOST} leave room for planning, "
        f"but what users like best is not alike here; {_genres(card)}"
    )


def _genres_do_not_help(card: Card) -> str | None:
    greedy, aware = (card["reference"][name]["len"] for name in ("greedy", "genre-aware"))
    if aware >= TIMES_GREEDY * greedy:
        return None
    return (
        f"genre-aware lasts {aware:.1f} rounds, greedy {greedy:.1f}, and {TIMES_GREEDY} times "
        f"as long is expected; {_genres(card)}"
    )


def _oracle_leaves(card: Card) -> str | None:
    lasts, items = card["reference"]["oracle"]["len"], card["statistics"]["items"]
    expected = ORACLE_AT_LEAST if items >= MAX_ROUNDS else items // 2  # of few, not all are liked
    if lasts >= expected:
        return None
    return (
        f"it lasts {lasts:.1f} rounds, and {expected} are expected: users like too few items that "
        "are not alike; use a log with more items, or build it with fewer negatives than "
        f"{card.get('negatives', 0.0):g} (--negatives)"
    )


def _chance_is_enough(card: Card) -> str | None:
    random, oracle = (card["reference"][name]["len"] for name in ("random", "oracle"))
    if random < AS_GOOD * oracle:
        return None
    return (
        f"random lasts {random:.1f} rounds, the oracle {oracle:.1f}, so no method can show that it "
        "is better; mend what the other lines say first"
    )


def _genres(card: Card) -> str:
    named = card["statistics"].get("share_with_genres", 1.0)
    if named < 0.5:
        return f"only {named:.0%} of the items have genres: name them in the table of items"
    return "use genres that tell more of the items, or a longer log"


def _share_liked(card: Card) -> float:
    """The share of pairs in the test half that are rated high enough to keep the user."""
    edges, counts = (card["distributions"][key] for key in ("reward_edges", "rewards"))
    pairs = list(zip(edges, counts["test"], strict=False))
    least = card["rule"]["min_reward"]
    return float(sum(n for low, n in pairs if low >= least) / sum(n for _, n in pairs))


WEAKNESSES: Mapping[str, Callable[[Card], str | None]] = {
    "too few items": _few_items,
    "everything is disliked": _all_disliked,
    "nothing is disliked": _nothing_disliked,
    "tastes are not learned": _no_tastes,
    "greedy is not bored": _greedy_stays,
    "genres do not help": _genres_do_not_help,
    "the oracle does not last": _oracle_leaves,
    "chance is enough": _chance_is_enough,
}
