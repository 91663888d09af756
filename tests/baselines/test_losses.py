"""What the methods minimise, reckoned by hand."""

from math import e, exp, log
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import tensor

from baselines.a2c import actor_loss, discounted
from baselines.bcq import allowed
from baselines.cql import overestimation
from baselines.crr import imitation_weights
from baselines.dorl import PatternEntropy
from baselines.logged_transitions import log_transitions
from baselines.methods import METHODS
from baselines.network import HIDDEN, TwoTower, draw
from baselines.observer import Observation
from simulator import World
from simulator.batch_environment import Sessions
from simulator.ragged import Ragged
from tests.baselines.conftest import quick

CPU = torch.device("cpu")
NAN = np.float32(np.nan)


def test_cql_presses_down_logsumexp_less_the_value_of_the_item_shown() -> None:
    values = tensor([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0]])
    first = log(1 + e + e**2) - 1.0
    second = log(3 * e**3) - 3.0
    assert float(overestimation(values, tensor([1, 0]))) == pytest.approx(first + second)


def test_bcq_allows_items_a_threshold_as_likely_as_the_favourite() -> None:
    logits = torch.log(tensor([[0.5, 0.16, 0.14, 0.2]]))
    values = tensor([[1.0, 2.0, 3.0, 4.0]])
    assert allowed(values, logits, 0.3).tolist() == [[1.0, 2.0, HIDDEN, 4.0]]


def test_bcq_always_allows_the_favourite() -> None:
    logits = tensor([[5.0, 4.0]])
    assert allowed(tensor([[-7.0, 9.0]]), logits, 1.0).argmax(1).tolist() == [0]


def test_crr_weighs_by_the_exponential_of_the_advantage_up_to_a_bound() -> None:
    weights = imitation_weights(tensor([0.0, 1.0, -2.0, 50.0]), 2.0, 20.0)
    assert weights.tolist() == pytest.approx([1.0, exp(0.5), exp(-1.0), 20.0])


def steps(logits: torch.Tensor, items: list[int], advantages: list[float], entropy: float) -> Any:
    """Where the gradient of the actor's loss points."""
    logits.requires_grad_()
    loss = actor_loss(logits, tensor(items), tensor(advantages), entropy)
    return torch.autograd.grad(loss, logits)[0]


def test_the_actor_is_moved_by_advantages() -> None:
    # of -A log pi(a): A pi, and A less where the item is
    found = steps(torch.log(tensor([[0.5, 0.25, 0.25]])), [1], [2.0], 0.0)
    assert found[0].tolist() == pytest.approx([1.0, 0.5 - 2.0, 0.5])


def test_the_actor_is_kept_undecided() -> None:
    # of -H: pi (log pi + H)
    entropy = 0.5 * log(2) + 0.5 * log(4)
    found = steps(torch.log(tensor([[0.5, 0.25, 0.25]])), [1], [0.0], 0.1)
    expected = [0.05 * (entropy - log(2)), *[0.025 * (entropy - log(4))] * 2]
    assert found[0].tolist() == pytest.approx(expected, abs=1e-7)


def test_both_together_are_what_the_formula_says() -> None:
    logits = torch.randn(5, 9, generator=torch.Generator().manual_seed(1))
    items, advantages = [3, 0, 8, 3, 1], [0.5, -2.0, 1.5, 0.0, 3.0]
    found = steps(logits, items, advantages, 0.3)
    logs = torch.log_softmax(logits, 1)
    gain = tensor(advantages) @ logs[torch.arange(5), tensor(items)]
    formula = -gain + 0.3 * (logs.exp() * logs).sum()
    assert torch.allclose(found, torch.autograd.grad(formula, logits)[0], atol=1e-6)


def test_hidden_items_neither_count_nor_move() -> None:
    found = steps(tensor([[0.3, 0.0, HIDDEN]]), [0], [1.0], 1.0)
    without = steps(tensor([[0.3, 0.0]]), [0], [1.0], 1.0)
    assert found[0].tolist() == pytest.approx([*without[0].tolist(), 0.0], abs=1e-7)


def test_returns_end_where_users_leave_and_go_on_where_the_cap_cuts() -> None:
    rewards = [np.array([1, 1, 1], np.float32), np.array([2, 2, 2], np.float32)]
    ends = [np.array([NAN, 0, 7], np.float32), np.array([NAN, NAN, 0], np.float32)]
    following = np.array([10, 10, 10], np.float32)
    first, second = discounted(rewards, ends, following, 0.5)
    assert second.tolist() == [2 + 5, 2 + 5, 2]
    assert first.tolist() == [1 + 3.5, 1, 1 + 3.5]


def test_draws_never_fall_on_hidden_items() -> None:
    logits = tensor([[HIDDEN, 0.0, HIDDEN, 1.0, HIDDEN]])
    highest = np.float32(1) - np.float32(2**-24)
    drawn = [int(draw(logits, np.array([h], np.float32))) for h in (0.0, 0.1, 0.9, highest)]
    assert drawn == [1, 1, 3, 3]


HISTORIES = Ragged.of([[0, 1, 2], [0, 1, 3], [0, 2], [1, 0, 3]])


def entropy(size: int, *shown: int) -> float:
    sessions = Sessions.one(0, shown)
    return float(PatternEntropy(HISTORIES, 4, size).after(sessions)[0])


def test_dorl_rewards_the_entropy_of_what_the_log_shows_next() -> None:
    # after 0: 1 twice, 2 and 3 once each
    assert entropy(1, 0) == pytest.approx((0.5 * log(2) + 0.5 * log(4)) / log(4))
    # after 1: 2, 3 and 0 once each
    assert entropy(1, 3, 1) == pytest.approx(log(3) / log(4))


def test_dorl_takes_recent_items_in_any_order() -> None:
    # after 0 and 1: 2 once, 3 twice
    expected = (2 / 3 * log(3 / 2) + 1 / 3 * log(3)) / log(4)
    assert entropy(2, 0, 1) == pytest.approx(expected)
    assert entropy(2, 1, 0) == pytest.approx(expected)


def test_what_the_log_does_not_know_may_be_followed_by_anything() -> None:
    assert entropy(1, 2) == 1.0
    assert entropy(2, 0) == 1.0
    assert entropy(2, 2, 3) == 1.0


def test_a_log_too_short_for_a_pattern_knows_nothing() -> None:
    table = PatternEntropy(Ragged.of([[1], [2]]), 4, 1)
    assert table.after(Sessions.one(0, [1])).tolist() == [1.0]


def test_dorl_adds_the_entropies_of_one_and_of_two_items_to_the_rating(toy: World) -> None:
    learner = METHODS["dorl"].learner(toy, quick("dorl", entropy_reward=3.0), 0, CPU)
    environment = learner.environment
    outcome = environment.step(np.arange(len(environment.sessions)))
    one, two = (table.after(environment.sessions) for table in learner.entropies)
    expected = outcome.rewards + 3.0 * (one + two)
    assert learner.rewards(environment.sessions, outcome) == pytest.approx(expected, abs=1e-6)
    assert two.tolist() == [1.0] * len(two)


class Case:
    """A learner with weights drawn by chance, some logged transitions, and all scores of both."""

    def __init__(self, name: str, toy: World) -> None:
        self.learner = METHODS[name].learner(toy, quick(name), 0, CPU)
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for weights in self.learner.parameters():
                weights.copy_(0.3 * torch.randn(weights.shape, generator=generator))
        log = log_transitions(toy, self.learner.observer)
        self.batch = log.buffer.sample(40, np.random.default_rng(0), log.observer)
        self.rows = range(40)

    def scores(self, network: str, when: Observation, head: int = 0) -> NDArray[np.float64]:
        tower = self.learner.get_submodule(network)
        assert isinstance(tower, TwoTower)
        return tower.scores(when, head).detach().numpy().astype(np.float64)

    def target(self, row: int, following: float) -> float:
        gamma, batch = self.learner.settings.gamma, self.batch
        return float((1 - gamma) * batch.rewards[row] + gamma * batch.stays[row] * following)

    def loss(self) -> float:
        with torch.no_grad():
            return float(self.learner.loss(self.batch))


def huber(error: float) -> float:
    return 0.5 * error**2 if abs(error) < 1 else abs(error) - 0.5


def surprise(logits: NDArray[np.float64], item: int) -> float:
    return float(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[item])


def double_q(case: Case, chooser: NDArray[np.float64]) -> float:
    """Errors of values against targets whose items one network chooses and another values."""
    now, slow = case.scores("network", case.batch.before), case.scores("target", case.batch.after)
    total = 0.0
    for row in case.rows:
        target = case.target(row, slow[row, chooser[row].argmax()])
        total += huber(now[row, case.batch.items[row]] - target)
    return total


def test_users_both_leave_and_stay_in_what_the_losses_are_tried_on(toy: World) -> None:
    assert 0 < float(Case("cql", toy).batch.stays.sum()) < 40


def test_dqn_minimises_double_q_learning_errors(toy: World) -> None:
    case = Case("dqn", toy)
    expected = double_q(case, case.scores("network", case.batch.after))
    assert case.loss() == pytest.approx(expected, rel=1e-4)


def test_cql_adds_caution_to_them(toy: World) -> None:
    case = Case("cql", toy)
    values = case.scores("network", case.batch.before)
    caution = sum(surprise(values[row], int(case.batch.items[row])) for row in case.rows)
    expected = double_q(case, case.scores("network", case.batch.after)) + 0.1 * caution
    assert case.learner.settings.caution == 0.1
    assert case.loss() == pytest.approx(expected, rel=1e-4)


def test_sqn_adds_the_cross_entropy_of_its_second_head(toy: World) -> None:
    case = Case("sqn", toy)
    logits = case.scores("network", case.batch.before, head=1)
    wrong = sum(surprise(logits[row], int(case.batch.items[row])) for row in case.rows)
    expected = double_q(case, case.scores("network", case.batch.after)) + wrong
    assert case.loss() == pytest.approx(expected, rel=1e-4)


def test_bcq_seeks_the_next_item_among_what_the_log_would_show(toy: World) -> None:
    case = Case("bcq", toy)
    logits = case.scores("network", case.batch.before, head=1)
    wrong = sum(surprise(logits[row], int(case.batch.items[row])) for row in case.rows)
    following = case.scores("network", case.batch.after, head=1)
    likely = np.exp(following - following.max(axis=1, keepdims=True))
    chooser = np.where(likely >= 0.3, case.scores("network", case.batch.after), -np.inf)
    assert (chooser.argmax(axis=1) != case.scores("network", case.batch.after).argmax(1)).any()
    assert case.loss() == pytest.approx(double_q(case, chooser) + wrong, rel=1e-4)


def test_crr_imitates_by_advantage_and_expects_what_its_actor_does(toy: World) -> None:
    case = Case("crr", toy)
    before, after, gamma = case.batch.before, case.batch.after, case.learner.settings.gamma
    logits, values = case.scores("actor", before), case.scores("critic", before)
    later, slow = case.scores("actor", after), case.scores("target", after)
    total = 0.0
    for row, item in enumerate(case.batch.items.tolist()):
        likely = np.exp([-surprise(later[row], other) for other in range(len(later[row]))])
        total += huber(values[row, item] - case.target(row, float(likely @ slow[row])))
        likely = np.exp([-surprise(logits[row], other) for other in range(len(logits[row]))])
        advantage = (values[row, item] - likely @ values[row]) / (1 - gamma)
        total += min(20.0, float(np.exp(advantage))) * surprise(logits[row], item)
    assert case.loss() == pytest.approx(total, rel=1e-4)
