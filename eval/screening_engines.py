"""The engines that `screening` compares: ours, ASReview, and baselines that learn nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from eval.cost import taken_by
from eval.datasets import LabelledReview
from eval.encoding import KeepingEncoder
from eval.peers.asreview import ENGINE, Asreview
from eval.rankings import Progress
from eval.screening_simulation import bm25_order, random_orders, screen, shuffled
from evidence.question import ClinicalQuestion
from evidence.stages.formulate import OfflineFormulator
from indexers.vectors import embedded_text

OURS, MODEL, RANDOM = "offline", "llm", "baseline:random"
ZERO_SHOT, BM25 = "baseline:zero_shot", "baseline:bm25"
COUNTED, REMOVED = f"{ENGINE}:priors_counted", f"{ENGINE}:priors_removed"
NO_QUESTION = "questions.json has no question for it"
_DECIMALS = 6  # below it, cosines differ from processor to processor


class Screened(NamedTuple):
    """How an engine screened a review.

    Attributes:
        engine: Its name in scores.json.
        seed: What its randomness came from; None where nothing is random.
        order: Rows as they were screened; a peer stops at the last included record.
        n_priors: How many of the first rows were given to it.
        seconds: Wall time by step.
        kept_since: When the order was made, if that was in an earlier run.
        failure: Why there is no order; all included records then count as found last.
    """

    engine: str
    seed: int | None
    order: tuple[int, ...]
    n_priors: int = 0
    seconds: dict[str, float] = {}  # noqa: RUF012 - read only
    failure: str | None = None
    kept_since: str | None = None


class ScoredOrder(NamedTuple):
    """An order with the labels as they were read, and what is measured of them."""

    screened: Screened
    labels: list[bool]
    measures: dict[str, float]


Scored = dict[str, dict[str, list[ScoredOrder]]]
"""The orders by engine and review, one a seed."""


def screen_with_ours(
    review: LabelledReview,
    encoder: KeepingEncoder,
    seeds: Sequence[int],
    retrain_every: int,
    progress: Progress,
) -> list[Screened]:
    """Our learner, and the order by nearness to the question that it starts from.

    Nothing is random when there is a question. Without one the learner knows nothing of the first
    record: nearness is the same for all, and each seed begins with another order of the records.
    """
    if review.question is not None:
        with taken_by(OURS, review.name):
            return _ours(review, encoder, None, seeds[0], retrain_every, progress)
    no_order = Screened(ZERO_SHOT, None, (), failure=NO_QUESTION)
    orders = []
    for seed in seeds:
        with taken_by(OURS, review.name):
            orders.append(_ours(review, encoder, seed, seed, retrain_every, progress)[0])
    return [*orders, no_order]


def failed_orders(failure: str, others: Sequence[str]) -> list[Screened]:
    """No order by any engine: of a review whose file is broken."""
    engines = (OURS, ZERO_SHOT, BM25, RANDOM, *others)
    return [Screened(engine, None, (), failure=failure) for engine in engines]


def _ours(
    review: LabelledReview,
    encoder: KeepingEncoder,
    seed: int | None,
    shuffle_seed: int,
    retrain_every: int,
    progress: Progress,
) -> list[Screened]:
    from evidence.screening import features as feature_reading
    from evidence.screening import prioritise

    among = shuffled(review, shuffle_seed)
    records = [review.records[row] for row in among]
    begun = time.perf_counter()
    vectors = encoder.encode(
        [embedded_text(record) for record in records],
        lambda done, total: progress("encode", done, total),
    )
    encoded = time.perf_counter()
    encoder.keep()
    read_from = time.perf_counter()
    features = feature_reading.read_features(records, _question(review), encoder, vectors)
    if review.question is None:
        features = replace(features, zero_shot=np.zeros(len(records)))
    read = time.perf_counter()
    order = screen(
        [review.included[row] for row in among],
        lambda labels: prioritise.screening_order(features, labels),
        retrain_every=retrain_every,
        progress=lambda done, total: progress("screen", done, total),
    )
    seconds = {
        "encode": round(encoded - begun, 2),
        "features": round(read - read_from, 2),
        "learn": round(time.perf_counter() - read, 2),
    }
    nearness = np.round(features.zero_shot, _DECIMALS).tolist()
    nearest = sorted(range(len(records)), key=lambda place: (-nearness[place], place))
    return [
        Screened(OURS, seed, tuple(among[place] for place in order), seconds=seconds),
        Screened(ZERO_SHOT, None, tuple(among[place] for place in nearest)),
    ]


def _question(review: LabelledReview) -> ClinicalQuestion:
    # The text without a question is never compared: its nearness is set to the same for all.
    return OfflineFormulator().formulate(review.question or "No question was given.")


def screen_with_peer(
    review: LabelledReview, peer: Asreview, seeds: Sequence[int], progress: Progress
) -> list[Screened]:
    """ASReview, once a seed; it needs an included and an excluded record to start from."""
    if all(review.included):
        return [Screened(ENGINE, None, (), failure="no record is excluded")]
    runs = []
    for done, seed in enumerate(seeds, 1):
        with taken_by(ENGINE, review.name):
            run = peer.simulate(review, seed)
        seconds = {"command": run.seconds, "learn": run.seconds_learning}
        since = run.made_at if run.kept else None
        runs.append(Screened(ENGINE, seed, run.order, run.n_priors, seconds, kept_since=since))
        progress("ASReview", done, len(seeds))
    return runs


def screen_with_baselines(review: LabelledReview, seed: int) -> list[Screened]:
    """BM25 of the question's words, and random orders."""
    if review.question is None:
        by_words = Screened(BM25, None, (), failure=NO_QUESTION)
    else:
        with taken_by(BM25, review.name):
            order = bm25_order(review.records, review.question, shuffled(review, seed))
        by_words = Screened(BM25, None, tuple(order))
    return [
        by_words,
        *(Screened(RANDOM, seed, tuple(order.tolist())) for order in random_orders(review, seed)),
    ]


class Bars:
    """Progress within a review as progress over all of them."""

    def __init__(self, progress: Progress, reviews: Sequence[LabelledReview], n_seeds: int) -> None:
        self._progress = progress
        self._n_seeds = n_seeds
        self._totals = dict.fromkeys(("encode", "screen", "ASReview"), 0)
        self._before = dict(self._totals)
        for review in reviews:
            self._add(self._totals, review)

    def advance(self, step: str, done: int, total: int) -> None:
        """Move the bar of a step; `total` is the review's."""
        self._progress(step, self._before[step] + min(done, total), self._totals[step])

    def finish(self, review: LabelledReview) -> None:
        """The next review comes on top of this one."""
        self._add(self._before, review)

    def _add(self, counts: dict[str, int], review: LabelledReview) -> None:
        if any(review.included):
            counts["encode"] += len(review.records)
            counts["screen"] += sum(review.included)
            counts["ASReview"] += self._n_seeds
