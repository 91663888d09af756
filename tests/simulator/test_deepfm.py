"""DeepFM: the arrays that a world keeps are the model, and it learns what biases cannot."""

import numpy as np
import pytest
import torch

from simulator.rewards.biases import auc, fit_biases, rmse
from simulator.rewards.deepfm import DeepFM, FitSettings, Pairs
from simulator.rewards.fit import NegativeSampler, fit_deepfm, predict_ratings

pytestmark = pytest.mark.slow

USERS, ITEMS, GENRES = 120, 60, 4


@pytest.fixture(scope="module")
def ratings() -> Pairs:
    """Ratings that depend on whether a user's kind is the item's: no bias explains them."""
    rng = np.random.default_rng(0)
    users, items = rng.integers(USERS, size=6000), rng.integers(ITEMS, size=6000)
    same = users % GENRES == items % GENRES
    return Pairs(users, items, np.where(same, 5.0, 2.0).astype(np.float32))


def model_of(pairs: Pairs, seed: int = 0) -> DeepFM:
    torch.manual_seed(seed)
    genres = [[item % GENRES] if item % 7 else [] for item in range(ITEMS)]
    return DeepFM(fit_biases(*pairs, (USERS, ITEMS)), genres, FitSettings())


def parts(pairs: Pairs) -> tuple[Pairs, Pairs]:
    return Pairs(*(c[:5000] for c in pairs)), Pairs(*(c[5000:] for c in pairs))


def test_it_starts_as_user_and_item_biases_to_within_its_random_start(ratings: Pairs) -> None:
    biases = fit_biases(*ratings, (USERS, ITEMS))
    total = biases.mean + biases.users[ratings.users] + biases.items[ratings.items]
    expected = np.clip(total, 1, 5)
    assert np.abs(predict_ratings(model_of(ratings), ratings) - expected).max() < 0.2


def test_it_learns_what_biases_cannot(ratings: Pairs) -> None:
    train, test = parts(ratings)
    model = model_of(train)
    before = rmse(predict_ratings(model, test), test.ratings)
    fit_deepfm(model, lambda _: train, test, FitSettings(), seed=0)
    assert rmse(predict_ratings(model, test), test.ratings) < before / 2


def test_the_arrays_give_what_the_model_gives(ratings: Pairs) -> None:
    train, test = parts(ratings)
    model = model_of(train)
    fit_deepfm(model, lambda _: train, test, FitSettings(epochs=3), seed=0)
    with torch.no_grad():
        users, items = torch.from_numpy(test.users), torch.from_numpy(test.items)
        expected = model(users, items).numpy()
    assert np.allclose(model.rewards().scores(test.users, test.items), expected, atol=1e-4)


def test_one_by_one_in_pairs_or_all_at_once_rewards_are_the_same(ratings: Pairs) -> None:
    rewards = model_of(ratings).rewards()
    whole = rewards.rate_all(np.array([3, 9]))
    assert np.allclose(whole[1], rewards.rate(9), atol=1e-5)
    assert np.allclose(whole[0, [5, 8]], rewards.rate_pairs(np.array([3, 3]), np.array([5, 8])))


def test_the_same_seed_fits_the_same_model_bit_for_bit(ratings: Pairs) -> None:
    train, test = parts(ratings)
    fitted = []
    for _ in range(2):
        model = model_of(train)
        fit_deepfm(model, lambda _: train, test, FitSettings(epochs=3), seed=4)
        fitted.append(model.rewards().arrays())
    assert all(np.array_equal(fitted[0][name], fitted[1][name]) for name in fitted[0])


def test_a_fit_never_ends_worse_than_it_began(ratings: Pairs) -> None:
    train, test = parts(ratings)
    noise = Pairs(test.users, test.items, np.random.default_rng(1).permutation(test.ratings))
    model = model_of(train)
    before = rmse(predict_ratings(model, noise), noise.ratings)
    fit_deepfm(model, lambda _: train, noise, FitSettings(epochs=4), seed=0)
    assert rmse(predict_ratings(model, noise), noise.ratings) <= before + 1e-6


def test_unobserved_pairs_are_not_in_the_log(ratings: Pairs) -> None:
    users, items, _ = NegativeSampler(ratings.users[:900], ratings.items[:900], ITEMS).sample(
        500, np.random.default_rng(0)
    )
    observed = set(zip(ratings.users[:900].tolist(), ratings.items[:900].tolist(), strict=True))
    assert len(users) == 500
    assert not observed & set(zip(users.tolist(), items.tolist(), strict=True))


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc(np.array([3.0, 2.0]), np.array([1.0, 2.0])) == pytest.approx(3.5 / 4)
