"""The methods by name, with a line on each; loads none of them, so that typos are refused fast."""

from collections.abc import Mapping

ARM_NOTES: Mapping[str, str] = {
    "billp": "all four roles and three memories",
    "billp-no-macro": "billp without reflections",
    "billp-no-micro": "billp without critic and experiences",
    "billp-fused": "billp with planner and critic in one call",
    "billp-shortlist": "billp whose actor is offered what most users stayed for",
    "billp-shuffled": "a control: each round is remembered with another's outcome",
    "billp-sham": "a control: it brings what it learned in another world",
    "reflexion": "plans and reflects; no critic, no experiences",
    "react": "plans; learns nothing",
    "act-only": "only recommends",
}
POLICY_NOTES: Mapping[str, str] = {
    "random": "any item that was not shown yet",
    "popular": "the item with most ratings",
    "greedy": "the item with the highest expected rating",
    "genre-aware": "greedy among items with other genres than the last ones",
    "distance-aware": "greedy among items far enough from the last ones",
    "oracle": "distance-aware, and knows the ratings of the test half",
}
OFFERED_NOTES: Mapping[str, str] = {
    "offered-random": "any item of the list that arms are offered",
    "offered-taste": "the item of that list with the highest expected rating",
    "offered-oracle": "the best of that list, and knows the ratings of the test half",
}
BASELINE_NOTES: Mapping[str, str] = {
    "sqn": "Xin et al. 2020, learns from the log",
    "crr": "Wang et al. 2020, learns from the log",
    "bcq": "Fujimoto et al. 2019, learns from the log",
    "cql": "Kumar et al. 2020, learns from the log",
    "dqn": "Mnih et al. 2015, learns by playing",
    "a2c": "Mnih et al. 2016, learns by playing",
    "dorl": "Gao et al. 2023, learns in a model of the world",
}
METHOD_NOTES: Mapping[str, str] = {**ARM_NOTES, **POLICY_NOTES, **OFFERED_NOTES, **BASELINE_NOTES}

SAMPLED = "-sampled"  # ends the name of a baseline that draws items by its scores
LEARNING_ARMS = tuple(name for name in ARM_NOTES if name not in ("react", "act-only"))
JUDGING_ARMS = (  # with a Critic
    "billp",
    "billp-no-macro",
    "billp-fused",
    "billp-shortlist",
    "billp-shuffled",
    "billp-sham",
)


def is_method(name: str) -> bool:
    """Whether a run can compare a method of this name."""
    return name in METHOD_NOTES or name.removesuffix(SAMPLED) in BASELINE_NOTES
