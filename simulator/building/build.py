"""From a log to a world: k-core, halves, a fitted reward model per half, and the card."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from simulator.arrays import Indices, Vectors
from simulator.building.split import SplitMethod, hold_out, resolve_split, split_halves
from simulator.logs import Log, k_core
from simulator.quit_rule import QuitRule
from simulator.ragged import Ragged
from simulator.rewards.biases import auc, fit_biases, rmse
from simulator.rewards.deepfm import DeepFM, FitSettings, Pairs
from simulator.rewards.factors import FactorRewards
from simulator.rewards.fit import fit_deepfm, predict_ratings
from simulator.rewards.negatives import NegativeSampler
from simulator.world import HALVES, Half, HalfName, World

VALIDATION_SHARE, TEST_SHARE = 0.05, 0.10
LIKED = 3.0
UNOBSERVED_RATING = 1.0
SPLIT_EXPLAINED = {
    "time": "the earlier ratings train, the later ones test",
    "random": "drawn at random, as there are no plausible times",
}
LONGEST_HISTORY = 50

Report = Callable[[str], None]


@dataclass(frozen=True)
class BuildSettings:
    """The settings of a build; the same log and settings give the same world bit for bit."""

    k: int = 5
    seed: int = 0
    halves: SplitMethod = "auto"
    negatives: float = 2.0
    per_split: bool = False
    repeats_bore: bool = True
    fit: FitSettings = field(default_factory=FitSettings)


@dataclass(frozen=True)
class FittedHalf:
    """A half's model, and its quality on held-out ratings."""

    rewards: FactorRewards
    vectors: Vectors
    quality: dict[str, Any]


def build_world(
    name: str, log: Log, settings: BuildSettings, report: Report = lambda _: None
) -> tuple[World, dict[str, Any]]:
    """A world without a calibrated beta, and the first part of its card."""
    torch.set_num_threads(1)  # a fixed order of summation
    report(f"filtering {log}")
    core = k_core(log, settings.k)
    report(f"fitting on {core}")
    method = resolve_split(core, settings.halves)
    report(f"halves of every user: {SPLIT_EXPLAINED[method]}")
    rows = dict(zip(HALVES, split_halves(core, method, settings.seed), strict=True))
    fitted = {half: _fit_half(core, rows[half], settings, report, half) for half in HALVES}
    vectors = {half: fitted[half if settings.per_split else "train"].vectors for half in HALVES}
    world = World(
        name=name,
        catalogue=core.catalogue,
        halves={half: Half(fitted[half].rewards, vectors[half]) for half in HALVES},
        histories=_histories(core, rows["train"]),
        rule=QuitRule(beta=0.0),
        popularity=np.bincount(core.items[rows["train"]], minlength=len(core.catalogue)).astype(
            np.int32
        ),
    )
    card = {
        "name": name,
        "settings": asdict(settings),
        "halves": method,
        "statistics": _statistics(log, core, rows),
        "notes": list(core.notes),
        "fit": {half: fitted[half].quality for half in HALVES},
    }
    return world, card


def _statistics(log: Log, core: Log, rows: dict[HalfName, Indices]) -> dict[str, int | float]:
    """The figures of the paper's Table 4, and sizes before the k-core."""
    return {
        "users": len(core.user_names),
        "items": len(core.item_names),
        "train": len(rows["train"]),
        "test": len(rows["test"]),
        "users_before_core": len(log.user_names),
        "items_before_core": len(log.item_names),
        "ratings_before_core": len(log),
        "share_with_genres": float(np.mean([bool(genres) for genres in core.catalogue.genres])),
        "has_times": core.times is not None,
    }


def _fit_half(
    log: Log, rows: Indices, settings: BuildSettings, report: Report, half: HalfName
) -> FittedHalf:
    """Fits a model with negatives for the world, and one without to measure rating errors."""
    rng = np.random.default_rng([settings.seed, HALVES.index(half)])
    left, test_rows = hold_out(rows, TEST_SHARE, rng)
    train_rows, validation_rows = hold_out(left, VALIDATION_SHARE, rng)
    train, validation, test = (_pairs(log, r) for r in (train_rows, validation_rows, test_rows))
    report(f"{half} half: fitting the rewards")
    model, auc_figures = _with_negatives(log, rows, train, validation, test, settings, rng)
    report(f"{half} half: comparing errors with user and item biases")
    errors = _without_negatives(log, train, validation, test, settings, rng)
    return FittedHalf(model.rewards(), model.item_vectors(), {**errors, **auc_figures})


def _with_negatives(
    log: Log,
    rows: Indices,
    train: Pairs,
    validation: Pairs,
    test: Pairs,
    settings: BuildSettings,
    rng: np.random.Generator,
) -> tuple[DeepFM, dict[str, float]]:
    """The world's reward model, and its AUC of seen against unseen pairs beside popularity's."""
    negatives = NegativeSampler(log.users[rows], log.items[rows], len(log.catalogue))

    def sample(generator: np.random.Generator) -> Pairs:
        count = int(settings.negatives * len(train.users))
        return train.joined(_negative_pairs(negatives, count, generator))

    held = validation.joined(_negative_pairs(negatives, len(validation.users), rng))
    model = _model(log, sample(rng), settings, rng)
    fitted = fit_deepfm(model, sample, held, settings.fit, settings.seed)
    unseen = _negative_pairs(negatives, len(test.users), rng)
    popular = np.bincount(train.items, minlength=len(log.catalogue))
    scores = model.rewards().scores
    return model, {
        "auc_deepfm": auc(scores(test.users, test.items), scores(unseen.users, unseen.items)),
        "auc_popularity": auc(popular[test.items], popular[unseen.items]),
        "epochs": fitted.epochs,
        "best_epoch": fitted.best_epoch,
    }


def _without_negatives(
    log: Log,
    train: Pairs,
    validation: Pairs,
    test: Pairs,
    settings: BuildSettings,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Held-out errors of DeepFM and of the biases that it starts from."""
    model = _model(log, train, settings, rng)
    biases = predict_ratings(model, test)
    fit_deepfm(model, lambda _: train, validation, settings.fit, settings.seed)
    return {
        "rmse_biases": rmse(biases, test.ratings),
        "rmse_deepfm": rmse(predict_ratings(model, test), test.ratings),
    }


def _model(log: Log, pairs: Pairs, settings: BuildSettings, rng: np.random.Generator) -> DeepFM:
    torch.manual_seed(int(rng.integers(2**31)))
    shape = (len(log.user_names), len(log.catalogue))
    return DeepFM(fit_biases(*pairs, shape), _genre_ids(log), settings.fit)


def _genre_ids(log: Log) -> list[list[int]]:
    names = sorted({genre for genres in log.catalogue.genres for genre in genres})
    ids = {genre: number for number, genre in enumerate(names)}
    return [[ids[genre] for genre in genres] for genres in log.catalogue.genres]


def _pairs(log: Log, rows: Indices) -> Pairs:
    return Pairs(log.users[rows], log.items[rows], log.ratings[rows])


def _negative_pairs(negatives: NegativeSampler, count: int, rng: np.random.Generator) -> Pairs:
    users, items = negatives.sample(count, rng)
    return Pairs(users, items, np.full(len(users), UNOBSERVED_RATING, np.float32))


def _histories(log: Log, rows: Indices) -> Ragged:
    """Each user's liked items of the training half, or all if none was liked; the latest last."""
    liked: list[list[int]] = [[] for _ in log.user_names]
    others: list[list[int]] = [[] for _ in log.user_names]
    columns = (log.users[rows].tolist(), log.items[rows].tolist(), log.ratings[rows].tolist())
    for user, item, rating in zip(*columns, strict=True):
        (liked if rating >= LIKED else others)[user].append(item)
    return Ragged.of(_latest(a or b) for a, b in zip(liked, others, strict=True))


def _latest(items: Sequence[int]) -> Sequence[int]:
    return items[-LONGEST_HISTORY:]
