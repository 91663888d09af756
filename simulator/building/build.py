"""From a log to a world: core, halves, a fitted model per half, and what the card says of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from simulator.building.split import HowToSplit, Rows, chosen_split, halves, held_out
from simulator.logs import Log, k_core
from simulator.ragged import Ragged
from simulator.rewards.biases import auc, fit_biases, rmse
from simulator.rewards.deepfm import DeepFM, FitSettings, Pairs
from simulator.rewards.factors import FactorRewards
from simulator.rewards.fit import fit, predict
from simulator.rewards.negatives import Unobserved
from simulator.rules import QuitRule
from simulator.world import HALVES, Half, HalfName, Vectors, World

VALIDATION_SHARE, TEST_SHARE = 0.05, 0.10
LIKED = 3.0
UNOBSERVED_RATING = 1.0
HALVES_SAID = {
    "time": "the earlier ratings train, the later ones test",
    "random": "drawn at random, for want of times that mean something",
}
LONGEST_HISTORY = 50

Told = Callable[[str], None]


@dataclass(frozen=True)
class BuildSettings:
    """What a world depends on beside its log; the same settings give the same, bit for bit."""

    k: int = 5
    seed: int = 0
    halves: HowToSplit = "auto"
    negatives: float = 2.0
    per_split: bool = False
    repeats_bore: bool = True
    fit: FitSettings = field(default_factory=FitSettings)


@dataclass(frozen=True)
class FittedHalf:
    """A half's model, and how good it is on what it has not seen."""

    rewards: FactorRewards
    vectors: Vectors
    report: dict[str, Any]


def build_world(
    name: str, log: Log, settings: BuildSettings, tell: Told = lambda _: None
) -> tuple[World, dict[str, Any]]:
    """A world whose beta is still to be calibrated, and the first part of its card."""
    torch.set_num_threads(1)  # sums in one order, whatever the machine is busy with
    tell(f"filtering {log}")
    core = k_core(log, settings.k)
    tell(f"fitting on {core}")
    how = chosen_split(core, settings.halves)
    tell(f"halves of every user: {HALVES_SAID[how]}")
    rows = dict(zip(HALVES, halves(core, how, settings.seed), strict=True))
    fitted = {half: _fit_half(core, rows[half], settings, tell, half) for half in HALVES}
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
        "halves": how,
        "statistics": _statistics(log, core, rows),
        "notes": list(core.notes),
        "fit": {half: fitted[half].report for half in HALVES},
    }
    return world, card


def _statistics(log: Log, core: Log, rows: dict[HalfName, Rows]) -> dict[str, int | float]:
    """The paper's Table 4, and what was left out."""
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
    log: Log, rows: Rows, settings: BuildSettings, tell: Told, half: HalfName
) -> FittedHalf:
    """One model with unobserved pairs as negatives, and one without to be judged by its errors."""
    rng = np.random.default_rng([settings.seed, HALVES.index(half)])
    left, test_rows = held_out(rows, TEST_SHARE, rng)
    train_rows, validation_rows = held_out(left, VALIDATION_SHARE, rng)
    train, validation, test = (_pairs(log, r) for r in (train_rows, validation_rows, test_rows))
    tell(f"{half} half: fitting the rewards")
    model, seen = _with_negatives(log, rows, train, validation, test, settings, rng)
    tell(f"{half} half: comparing errors with user and item biases")
    errors = _without_negatives(log, train, validation, test, settings, rng)
    return FittedHalf(model.rewards(), model.item_vectors(), {**errors, **seen})


def _with_negatives(
    log: Log,
    rows: Rows,
    train: Pairs,
    validation: Pairs,
    test: Pairs,
    settings: BuildSettings,
    rng: np.random.Generator,
) -> tuple[DeepFM, dict[str, float]]:
    """The world's reward model, and how well it tells seen from unseen beside popularity."""
    unobserved = Unobserved(log.users[rows], log.items[rows], len(log.catalogue))

    def sample(generator: np.random.Generator) -> Pairs:
        count = int(settings.negatives * len(train.users))
        return train.joined(_unrated(unobserved, count, generator))

    held = validation.joined(_unrated(unobserved, len(validation.users), rng))
    model = _model(log, sample(rng), settings, rng)
    fitted = fit(model, sample, held, settings.fit, settings.seed)
    strangers = _unrated(unobserved, len(test.users), rng)
    popular = np.bincount(train.items, minlength=len(log.catalogue))
    scores = model.rewards().scores
    return model, {
        "auc_deepfm": auc(scores(test.users, test.items), scores(strangers.users, strangers.items)),
        "auc_popularity": auc(popular[test.items], popular[strangers.items]),
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
    """Errors on held-out ratings of DeepFM and of the biases that it starts from."""
    model = _model(log, train, settings, rng)
    biases = predict(model, test)
    fit(model, lambda _: train, validation, settings.fit, settings.seed)
    return {
        "rmse_biases": rmse(biases, test.ratings),
        "rmse_deepfm": rmse(predict(model, test), test.ratings),
    }


def _model(log: Log, pairs: Pairs, settings: BuildSettings, rng: np.random.Generator) -> DeepFM:
    torch.manual_seed(int(rng.integers(2**31)))
    shape = (len(log.user_names), len(log.catalogue))
    return DeepFM(fit_biases(*pairs, shape), _genre_ids(log), settings.fit)


def _genre_ids(log: Log) -> list[list[int]]:
    names = sorted({genre for genres in log.catalogue.genres for genre in genres})
    ids = {genre: number for number, genre in enumerate(names)}
    return [[ids[genre] for genre in genres] for genres in log.catalogue.genres]


def _pairs(log: Log, rows: Rows) -> Pairs:
    return Pairs(log.users[rows], log.items[rows], log.ratings[rows])


def _unrated(unobserved: Unobserved, count: int, rng: np.random.Generator) -> Pairs:
    users, items = unobserved.draw(count, rng)
    return Pairs(users, items, np.full(len(users), UNOBSERVED_RATING, np.float32))


def _histories(log: Log, rows: Rows) -> Ragged:
    """What each user viewed in the training half: items they liked, else any; the latest last."""
    liked: list[list[int]] = [[] for _ in log.user_names]
    others: list[list[int]] = [[] for _ in log.user_names]
    columns = (log.users[rows].tolist(), log.items[rows].tolist(), log.ratings[rows].tolist())
    for user, item, rating in zip(*columns, strict=True):
        (liked if rating >= LIKED else others)[user].append(item)
    return Ragged.of(_latest(a or b) for a, b in zip(liked, others, strict=True))


def _latest(items: Sequence[int]) -> Sequence[int]:
    return items[-LONGEST_HISTORY:]
