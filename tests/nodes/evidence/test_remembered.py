"""Evidence is of the world and the tools it was learned with, and of nothing else."""

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from nodes import Arm, Context, Parts
from nodes.actor import offered_items
from nodes.candidates import candidates_text, offer, shortlisted
from nodes.evidence.estimate import Round
from nodes.evidence.pairs import FITS, MORE_ALIKE
from nodes.evidence.remembered import entry_of, evidence, known_pairs, place_of
from stores import ROUNDS_PER_TICK, Lessons, Memories, Row, SentenceEmbedder, experience
from tests.nodes.conftest import SHOP, episode, parts_of

TOOLS = ("search", "best", "rested", "taste")
TOLD = re.compile(r": \d+% stayed, [+-]\d\.\d$")
LIKENESS = [f"{name}{rounds}" for rounds in (1, 2, 4, 8) for name in ("alike", "felt")]
NAMES = ("rating", *LIKENESS)


def commit(
    memories: Memories, place: str, name: str = "earlier", flip: bool = False, fact: str = "rating"
) -> None:
    """Users who leave over what is rated below 3, or the other way round."""
    rows: list[Row] = []
    for number in range(60):
        rating = 1.5 + 3.0 * (number % 10) / 9
        facts = dict.fromkeys(NAMES, 0.0) | {fact: rating}
        played = Round(facts, (rating >= 3.0) is not flip, rating - 3.0, 0)
        known = entry_of(played, place)
        at = number * ROUNDS_PER_TICK + 1
        rows.append(experience(f"{name} {number}", "an item", verdict=1, at=at, known=known))
    memories.commit(Lessons(name, 1, {"experiences": tuple(rows)}))


def stay(parts: Parts, rating: float, tools: Sequence[str] = TOOLS) -> float | None:
    found = evidence(parts, tools, NAMES)
    return found and found.stay(dict.fromkeys(NAMES, 0.0) | {"rating": rating})


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


def test_rounds_of_the_same_world_and_tools_are_evidence(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS))
    low, high = stay(parts, 1.5), stay(parts, 4.5)
    assert low is not None
    assert high is not None
    assert low < 0.2 < 0.8 < high


def test_reversed_rounds_say_the_reverse(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS), flip=True)
    low, high = stay(parts, 1.5), stay(parts, 4.5)
    assert low is not None
    assert high is not None
    assert low > 0.8 > 0.2 > high


@pytest.mark.parametrize(
    "place", ["another: best, rested, search, taste", "shop-1a2b: best, rested, search, taste"]
)
def test_rounds_of_another_world_or_build_are_left_out_with_a_warning(
    place: str, parts: Parts
) -> None:
    commit(parts.memories, place)
    with pytest.warns(UserWarning, match="60 rounds that were learned elsewhere"):
        assert stay(parts, 4.5) is None


def test_rounds_of_other_tools_are_left_out_with_a_warning(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, ("search",)))
    with pytest.warns(UserWarning, match="give these episodes another memory"):
        assert stay(parts, 4.5) is None


def test_rounds_from_elsewhere_do_not_change_what_those_from_here_say(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS))
    before = stay(parts, 4.0)
    commit(parts.memories, "another: search", name="elsewhere", flip=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert stay(parts, 4.0) == before


def test_experiences_without_facts_are_no_evidence(parts: Parts) -> None:
    row = experience("a situation", "an item", verdict=1, at=1)
    parts.memories.commit(Lessons("old", 1, {"experiences": (row,)}))
    assert stay(parts, 4.0) is None


def test_shuffled_verdicts_say_nothing_of_an_item(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS))
    arm: Arm = replace(parts.arm, verdicts="shuffled")
    assert stay(parts, 4.5) is not None
    assert stay(replace(parts, arm=arm), 4.5) is None


def lines(parts: Parts, user: int | str = 0) -> Iterable[str]:
    state = episode()
    state["user"] = user
    found = offer(state, "quiet", parts, TOOLS, told=True)
    return candidates_text(found, SHOP, numbered=True).splitlines()[1:-1]


def test_each_line_tells_how_many_stayed(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS))
    told = list(lines(parts))
    assert len(told) == len(SHOP)
    assert all(TOLD.search(line) for line in told)


def test_a_shortlist_has_the_candidates_after_which_most_users_stayed(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS))
    arm = replace(parts.arm, criticises=True, tools=TOOLS, shortlist=3)
    whole = offer(episode(), "quiet", parts, TOOLS, told=True).candidates
    found = offered_items(episode(), Context(half="test"), replace(parts, arm=arm)).candidates
    counts = sorted((one.support.stayed for one in whole if one.support), reverse=True)
    told = [one.support.stayed for one in found if one.support]
    assert sorted(told, reverse=True) == counts[:3]
    assert len(counts) > 3


def test_without_evidence_a_shortlist_is_the_whole_list(parts: Parts) -> None:
    found = offer(episode(), "quiet", parts, TOOLS, told=True)
    assert found.candidates
    assert shortlisted(found, 3) == found


def test_a_user_without_expected_ratings_is_told_by_the_other_facts(parts: Parts) -> None:
    commit(parts.memories, place_of(parts, TOOLS), fact="alike4")
    assert all(TOLD.search(line) for line in lines(parts, "Ann"))


def test_thin_evidence_says_nothing(parts: Parts) -> None:
    rows = [
        experience(
            f"a situation {number}",
            "an item",
            verdict=0,
            at=number * ROUNDS_PER_TICK,
            known=entry_of(Round(dict.fromkeys(NAMES, 0.0), False, 0.0), place_of(parts, TOOLS)),
        )
        for number in range(4)
    ]
    parts.memories.commit(Lessons("few", 1, {"experiences": tuple(rows)}))
    assert not any("stayed" in line for line in lines(parts))


def test_rounds_that_lack_a_fact_are_left_out(parts: Parts) -> None:
    place = place_of(parts, TOOLS)
    commit(parts.memories, place)
    before = stay(parts, 4.0)
    facts = entry_of(Round(dict.fromkeys(NAMES[1:], 0.0), False, 0.0), place)
    row = experience("an import", "an item", verdict=0, at=1, known=facts)
    parts.memories.commit(Lessons("imported", 1, {"experiences": (row,)}))
    assert stay(parts, 4.0) == before


def test_numbers_beyond_all_bounds_do_no_harm(parts: Parts) -> None:
    place = place_of(parts, TOOLS)
    commit(parts.memories, place)
    facts = entry_of(Round(dict.fromkeys(NAMES, 1e308), False, -1e308), place)
    row = experience("an import", "an item", verdict=0, at=1, known=facts)
    parts.memories.commit(Lessons("imported", 1, {"experiences": (row,)}))
    found = stay(parts, 4.0)
    assert found is not None
    assert 0.0 < found < 1.0


def test_rounds_that_were_kept_before_users_told_of_pairs_are_evidence(parts: Parts) -> None:
    place = place_of(parts, TOOLS)
    rows = []
    for number in range(60):
        alike = (number % 10) / 3.0
        facts = {name: 0.0 for name in NAMES if not name.startswith("felt")} | {"alike4": alike}
        known = entry_of(Round(facts, alike < 1.5, 0.0), place)
        at = number * ROUNDS_PER_TICK + 1
        rows.append(experience(f"old {number}", "an item", verdict=1, at=at, known=known))
    parts.memories.commit(Lessons("old", 1, {"experiences": tuple(rows)}))
    found = evidence(parts, TOOLS, NAMES)
    assert found is not None
    nothing = dict.fromkeys(NAMES, 0.0)
    assert found.stay(nothing) > 0.8 > 0.2 > found.stay(nothing | {"alike4": 3.0, "felt4": 3.0})


def commit_sessions(memories: Memories, place: str, sessions: int = 40) -> None:
    """Sessions of two rounds: every second user left after an item of their own."""
    rows = []
    for session in range(sessions):
        for round_ in (1, 2):
            left = round_ == 2 and session % 2
            played = Round(dict.fromkeys(NAMES, 0.0), not left, 0.0)
            at = session * ROUNDS_PER_TICK + round_
            row = experience(
                f"in session {session} round {round_}",
                "first" if round_ == 1 else f"second {session}",
                verdict=1,
                at=at,
                known=entry_of(played, place),
            )
            rows.append(row)
    memories.commit(Lessons("sessions", 1, {"experiences": tuple(rows)}))


def told_of_pairs(parts: Parts, tools: Sequence[str] = TOOLS, sessions: int = 40) -> list[float]:
    """By how much users found each second item more alike than was guessed."""
    seconds = [f"second {session}" for session in range(sessions)]
    felt = known_pairs(parts, tools).felt(np.zeros((sessions, 1)), seconds, ["first"], 4)
    return felt[:, 0].tolist()


def test_sessions_tell_of_the_pairs_that_they_showed(parts: Parts) -> None:
    commit_sessions(parts.memories, place_of(parts, TOOLS))
    assert told_of_pairs(parts) == [FITS, MORE_ALIKE] * 20


def test_a_round_without_an_outcome_tells_of_no_pair(parts: Parts) -> None:
    place = place_of(parts, TOOLS)
    commit_sessions(parts.memories, place, 1)
    row = experience("an import", "second 1", verdict=1, at=2, known={"place": place})
    parts.memories.commit(Lessons("imported", 1, {"experiences": (row,)}))
    assert told_of_pairs(parts, sessions=2) == [FITS, 0.0]


def test_pairs_of_other_tools_tell_nothing(parts: Parts) -> None:
    commit_sessions(parts.memories, place_of(parts, TOOLS))
    assert told_of_pairs(parts, ("search",)) == [0.0] * 40


def test_shuffled_outcomes_tell_nothing_of_a_pair(parts: Parts) -> None:
    commit_sessions(parts.memories, place_of(parts, TOOLS))
    arm: Arm = replace(parts.arm, verdicts="shuffled")
    told = told_of_pairs(replace(parts, arm=arm))
    assert told != told_of_pairs(parts)
    assert set(told[1::2]) == {FITS, MORE_ALIKE}  # of the pairs after which users left
