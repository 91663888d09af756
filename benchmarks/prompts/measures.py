"""Figures of what was asked: for calls of any role, and for the answers of each."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median

from benchmarks.prompts.answers import Asked, Chosen, Planned, Reflected, Valued
from benchmarks.prompts.shares import by_chance, distance, distinct, mean, ranks, share
from models import Role
from nodes.parsing.reflection import labelled_values

FILLED = 4  # of the five lines of the Reflector's form
LONG_LIST = 6  # genres of a plan; a plan that names all of them names liked ones too
STEP: tuple[Role, ...] = ("planner", "actor", "critic")

Figures = dict[str, float | None]


def of_calls(asked: Sequence[Asked]) -> Figures:
    """How replies kept to the form, and what calls cost; of situations without failures."""
    whole = [one for one in asked if one.failure is None and one.calls]
    calls = [call for one in whole for call in one.calls]
    return {
        "asked": len(asked),
        "failed": len(asked) - len(whole),
        "first try": share(one.at_first_try for one in whole),
        "repairs": mean(len(one.calls) - 1 for one in whole),
        "fallback": share(one.is_fallback for one in whole),
        "echo": share(one.calls[0].echo for one in whole),
        "input": mean(call.input for call in calls),
        "output": mean(call.output for call in calls),
        "cached": mean(call.cached for call in calls),
        "estimated": share(call.estimated for call in calls),
        "seconds": median(call.seconds for call in calls) if calls else None,
    }


def of_answers(role: Role, asked: Sequence[Asked]) -> Figures:
    """What the answers of a role are worth."""
    whole = [one for one in asked if one.answer is not None]
    match role:
        case "planner":
            return of_plans(whole)
        case "actor":
            return of_choices([a for one in whole if isinstance(a := one.answer, Chosen)])
        case "critic":
            return of_values([a for one in whole if isinstance(a := one.answer, Valued)])
        case "reflector":
            return of_reflections(whole)


def of_plans(asked: Sequence[Asked]) -> Figures:
    """How plans differ between users, and whether they heed what users like."""
    plans = {one.user: a.text for one in reversed(asked) if isinstance(a := one.answer, Planned)}
    answers = [a for one in asked if isinstance(a := one.answer, Planned)]
    counts = [one.genres for one in answers if one.genres is not None]
    return {
        "distinct per 100 users": distinct(list(plans.values())),
        "name a liked genre": share(a.names_liked for a in answers if a.names_liked is not None),
        "name a long list": share(count > LONG_LIST for count in counts),
    }


def of_choices(choices: Sequence[Chosen]) -> Figures:
    """Whether choices are on the list, and which places and ratings they favour."""
    places = Counter(one.place for one in choices if one.place is not None)
    listed = [one for one in choices if one.place is not None]
    longest = max((one.offered for one in choices), default=0)
    shares = [places[place] / len(listed) if listed else 0.0 for place in range(1, longest + 1)]
    even = [
        mean(float(place <= one.offered) / one.offered for one in listed) or 0.0
        for place in range(1, longest + 1)
    ]
    return {
        "within the list": share(one.place is not None for one in choices),
        "best expected rating": share(one.best for one in listed if one.best is not None),
        **{f"place {place}": part for place, part in enumerate(shares, start=1)},
        "from even places": distance(shares, even) if listed else None,
        "that by chance": by_chance(even, len(listed)),
    }


def of_values(values: Sequence[Valued]) -> Figures:
    """How values rank states beside rollouts, and how well rollouts rank them themselves."""
    rolled = [one for one in values if one.returns]
    returns = [fmean(one.returns) for one in rolled]
    halves = [[fmean(one.returns[start::2]) for one in rolled] for start in (0, 1)]
    return {
        "rank correlation": ranks([one.value for one in rolled], returns),
        "that of half the rollouts": ranks(*halves),
        "distinct values": len({one.value for one in values}),
        "mean value": mean(one.value for one in values),
        "mean return": mean(returns),
    }


def of_reflections(asked: Sequence[Asked]) -> Figures:
    """How many reflections fill in their form, what they say, and how they differ."""
    given = [a.fields for one in asked if isinstance(a := one.answer, Reflected)]
    filled = [
        not one.is_fallback and len(labelled_values(a.fields["note"])) >= FILLED
        for one in asked
        if isinstance(a := one.answer, Reflected)
    ]
    return {
        "fills in the form": share(filled),
        "names a genre": share(bool(one["genres"] + one["show"] + one["avoid"]) for one in given),
        "names a rest": share(one["rest"] is not None for one in given),
        "distinct per 100": distinct([one["note"] for one in given]),
    }


def of_steps(asked: Sequence[Asked]) -> Figures:
    """What a round of BiLLP costs: the mean turns of Planner, Actor and Critic, added up."""
    costs = [_turn([one for one in asked if one.role == role]) for role in STEP]
    return {
        name: None
        if any(cost[name] is None for cost in costs)
        else sum(c[name] or 0 for c in costs)
        for name in costs[0]
    }


def _turn(asked: Sequence[Asked]) -> Figures:
    """The means of a role's turn, repairs included; of its seconds the median."""
    turns = [one.calls for one in asked if one.failure is None and one.calls]
    seconds = [sum(call.seconds for call in calls) for calls in turns]
    return {
        "calls": mean(len(calls) for calls in turns),
        "input": mean(sum(call.input for call in calls) for calls in turns),
        "output": mean(sum(call.output for call in calls) for calls in turns),
        "cached": mean(sum(call.cached for call in calls) for calls in turns),
        "seconds": median(seconds) if seconds else None,
    }
