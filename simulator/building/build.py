"""From a log to a world: k-core, halves, a fitted reward model per half, and the card."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from simulator.arrays import Indices
from simulator.building.split import SplitMethod, hold_out, resolve_split, split_halves
from simulator.logs import Log, k_core
from simulator.quit_rule import QuitRule
from simulator.ragged import Ragged
from simulator.rewards.biases import auc, fit_biases, rmse
from simulator.rewards.crossfit import FOLDS, CrossFitted, draw_folds
from simulator.rewards.deepfm import DeepFM, FitSettings, Pairs
from simulator.rewards.factors import FactorRewards
from simulator.rewards.fit import NegativeSampler, fit_deepfm, predict_ratings
from simulator.world import HALVES, Half, HalfName, World

VALIDATION_SHARE, TEST_SHARE = 0.05, 0.10
LIKED = 3.0
SPLIT_EXPLAINED = {
    "time": "the earlier ratings train, the later ones test",
    "random": "drawn at random, as there are no plausible times",
}
LONGEST_HISTORY = 50
MOST_NEGATIVES, SHARE_OF_UNOBSERVED = 2.0, 0.05

Report = Callable[[str], None]


@dataclass(frozen=True)
class BuildSettings:
    """The settings of a build; the same log and settings give the same world bit for bit."""

    k: int = 5
    seed: int = 0
    halves: SplitMethod = "auto"
    negatives: float | Literal["auto"] = "auto"
    per_split: bool = False
    repeats_bore: bool = True
    fit: FitSettings = field(default_factory=FitSettings)


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
    negatives = resolve_negatives(core, settings.negatives)
    report(f"unobserved pairs taken as disliked: {negatives:g} a rating")
    models: dict[HalfName, DeepFM] = {}
    quality: dict[HalfName, dict[str, float]] = {}
    for half in HALVES:
        ratings = _RatedRows(core, rows[half], settings, HALVES.index(half), negatives)
        report(f"{half} half: fitting the rewards")
        models[half], figures = ratings.with_negatives()
        report(f"{half} half: comparing errors with user and item biases")
        quality[half] = {**ratings.without_negatives(), **figures}
    report("fitting what is expected of users whose ratings are unknown")
    crossfit = _cross_fitted(core, rows["train"], settings, negatives)
    shared = models["train"].item_vectors()
    vectors = {h: models[h].item_vectors() if settings.per_split else shared for h in HALVES}
    popularity = np.bincount(core.items[rows["train"]], minlength=len(core.catalogue))
    world = World(
        name=name,
        catalogue=core.catalogue,
        halves={half: Half(models[half].rewards(), vectors[half]) for half in HALVES},
        histories=_histories(core, rows["train"]),
        rule=QuitRule(beta=0.0),
        popularity=popularity.astype(np.int32),
        crossfit=crossfit,
    )
    card = {
        "name": name,
        "settings": asdict(settings),
        "halves": method,
        "negatives": negatives,
        "statistics": {  # the figures of the paper's Table 4, and sizes before the k-core
            "users": len(core.user_names),
            "items": len(core.item_names),
            "train": len(rows["train"]),
            "test": len(rows["test"]),
            "users_before_core": len(log.user_names),
            "items_before_core": len(log.item_names),
            "ratings_before_core": len(log),
            "share_with_genres": float(np.mean([bool(g) for g in core.catalogue.genres])),
            "has_times": core.times is not None,
        },
        "notes": list(core.notes),
        "fit": quality,
    }
    return world, card


def resolve_negatives(log: Log, negatives: float | Literal["auto"]) -> float:
    """Resolves `auto`: two a rating, but at most one for every 20 pairs that nobody observed.

    In a dense log more would pull every expected rating below what keeps users.
    """
    if negatives != "auto":
        return negatives
    pairs = len(log.user_names) * len(log.catalogue)
    observed = len(log) / len(HALVES)  # each half is fitted on its own
    return min(MOST_NEGATIVES, round(SHARE_OF_UNOBSERVED * (pairs / observed - 1), 2))


def _cross_fitted(
    log: Log, rows: Indices, settings: BuildSettings, negatives: float
) -> CrossFitted | None:
    """Each fold of users rated by a model of the others' ratings; None for a single user."""
    if len(log.user_names) < FOLDS:
        return None
    first = len(HALVES)  # the streams after those of the halves
    folds = draw_folds(len(log.user_names), np.random.default_rng([settings.seed, first]))
    models = list[FactorRewards]()
    for fold in range(FOLDS):
        others = rows[folds[log.users[rows]] != fold]
        ratings = _RatedRows(log, others, settings, first + 1 + fold, negatives)
        models.append(ratings.with_negatives()[0].rewards())
    return CrossFitted(folds, tuple(models))


class _RatedRows:
    """Rows of the log, split into those that train, validate and test their models.

    The stream is the number of their random generator under the seed of the build.
    """

    def __init__(
        self, log: Log, rows: Indices, settings: BuildSettings, stream: int, negatives: float
    ) -> None:
        self.log, self.settings, self.negatives = log, settings, negatives
        self.rng = np.random.default_rng([settings.seed, stream])
        left, test = hold_out(rows, TEST_SHARE, self.rng)
        train, validation = hold_out(left, VALIDATION_SHARE, self.rng)
        self.train, self.validation, self.test = map(self._pairs, (train, validation, test))
        self.unobserved = NegativeSampler(log.users[rows], log.items[rows], len(log.catalogue))

    def with_negatives(self) -> tuple[DeepFM, dict[str, float]]:
        """The world's reward model, and its AUC of seen against unseen pairs, with popularity's."""
        train, test, rng = self.train, self.test, self.rng

        def sample(generator: np.random.Generator) -> Pairs:
            count = int(self.negatives * len(train.users))
            return train.joined(self.unobserved.sample(count, generator))

        held = self.validation.joined(self.unobserved.sample(len(self.validation.users), rng))
        model = self._model(sample(rng))
        epochs, best = fit_deepfm(model, sample, held, self.settings.fit, self.settings.seed)
        unseen = self.unobserved.sample(len(test.users), rng)
        popular = np.bincount(train.items, minlength=len(self.log.catalogue))
        scores = model.rewards().scores
        return model, {
            "auc_deepfm": auc(scores(test.users, test.items), scores(unseen.users, unseen.items)),
            "auc_popularity": auc(popular[test.items], popular[unseen.items]),
            "epochs": epochs,
            "best_epoch": best,
        }

    def without_negatives(self) -> dict[str, float]:
        """Held-out errors of DeepFM and of the biases that it starts from."""
        train, test, settings = self.train, self.test, self.settings
        model = self._model(train)
        biases = predict_ratings(model, test)
        fit_deepfm(model, lambda _: train, self.validation, settings.fit, settings.seed)
        return {
            "rmse_biases": rmse(biases, test.ratings),
            "rmse_deepfm": rmse(predict_ratings(model, test), test.ratings),
        }

    def _model(self, pairs: Pairs) -> DeepFM:
        torch.manual_seed(int(self.rng.integers(2**31)))
        shape = (len(self.log.user_names), len(self.log.catalogue))
        return DeepFM(fit_biases(*pairs, shape), _genre_ids(self.log), self.settings.fit)

    def _pairs(self, rows: Indices) -> Pairs:
        return Pairs(self.log.users[rows], self.log.items[rows], self.log.ratings[rows])


def _genre_ids(log: Log) -> list[list[int]]:
    names = sorted({genre for genres in log.catalogue.genres for genre in genres})
    ids = {genre: number for number, genre in enumerate(names)}
    return [[ids[genre] for genre in genres] for genres in log.catalogue.genres]


def _histories(log: Log, rows: Indices) -> Ragged:
    """Each user's liked items of the training half, or all if none was liked; the latest last."""
    liked: list[list[int]] = [[] for _ in log.user_names]
    others: list[list[int]] = [[] for _ in log.user_names]
    columns = (log.users[rows].tolist(), log.items[rows].tolist(), log.ratings[rows].tolist())
    for user, item, rating in zip(*columns, strict=True):
        (liked if rating >= LIKED else others)[user].append(item)
    return Ragged.of((a or b)[-LONGEST_HISTORY:] for a, b in zip(liked, others, strict=True))
