"""Two sets of scores, unit by unit: what differs beyond the chance of which units were drawn.

A unit is what `by_unit` names: a review, a question, an article. Resamples of whole units (paired
percentile bootstrap, Efron & Tibshirani 1993, chapter 16) are taken of both sides alike, so that
what a hard unit does to both drops out. Over a family of comparisons the p-values are Holm's
(Holm 1979). Below `LEAST_UNITS` units no difference is claimed: with five, all five favouring one
side, an exact sign test still has p = 0.06.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.results import Scores, Table

LEVEL = 0.05
LEAST_UNITS = 6
NO_DIFFERENCE = "no difference shown"
MAIN_METRICS: Mapping[str, tuple[str, ...]] = {
    "search": ("recall_boolean", "recall_at_100", "ndcg_at_10"),
    "duplicates": ("pair_precision", "pair_recall", "pair_f1", "wrongly_merged_rate"),
    "screening": ("wss_95", "average_precision", "average_time_to_discovery"),
    "pico": ("token_f1_macro", "span_f1_macro"),
    "extraction": (
        *("precision", "exact_match", "direction_accuracy"),
        *("characteristic_precision", "characteristic_recall"),
    ),
    "certainty": ("accuracy_certainty",),
    "contexts": ("missed_at_5", "missed_at_20", "missed_at_used"),
    "grounding": ("detection_number", "detection_direction", "false_alarm_rate"),
    "synthesis": ("abs_log_error",),
}
"""The figures on which the systems of a run are compared, where `by_unit` holds them."""
SHOWN: Mapping[str, tuple[str, ...]] = {
    "search": ("recall_boolean", "recall_at_20", "recall_at_100", "ndcg_at_10"),
    "duplicates": ("pair_precision", "pair_recall", "wrongly_merged_rate"),
    "screening": ("wss_95", "average_precision", "average_time_to_discovery"),
    "pico": ("token_f1_macro", "span_f1_macro"),
    "extraction": ("precision", "recall", "exact_match", "direction_macro_f1"),
    "synthesis": ("share_pooled", "max_abs_log_error"),
    "certainty": ("weighted_kappa_certainty", "accuracy_certainty"),
    "contexts": ("violation_rate_overall", "certified_share", "mean_k"),
    "grounding": (
        *("detection_number", "detection_direction", "false_alarm_rate"),
        *("citation_precision", "citation_recall"),
    ),
}
"""The figures that the README and the top of a report show, by task."""

RATIOS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "precision": ("right", ("right", "wrong")),
    "recall": ("right", ("numbers",)),
    "characteristic_precision": ("characteristics_right", ("characteristics_given",)),
    "characteristic_recall": ("characteristics_found", ("characteristics_labelled",)),
    "pair_precision": ("pairs_right", ("pairs_found",)),
    "pair_recall": ("pairs_right", ("pairs_labelled",)),
    "pair_f1": ("pairs_right_on_both_sides", ("pairs_found", "pairs_labelled")),
    "wrongly_merged_rate": ("records_wrongly_merged", ("records",)),
}
"""Metrics that are ratios of sums over units: what stands above, and what is added up below."""
_LOWER_IS_BETTER = (
    *("average_time_to_discovery", "hallucination_rate", "missing_rate", "mean_k", "mean_loss"),
    "wrongly_merged_rate",
    *("number_needed_to_read", "certified_k", "brier", "brier_reliability"),
)
_LOWER_PREFIXES = ("false_alarm_rate", "missed_at_", "violation_rate", "ece_")
_NEITHER = (
    *("derived_share", "direction_abstained", "mean_claimed", "share_true"),
    *("brier_uncertainty", "brier_within_bins"),
)
_NEITHER_PREFIXES = ("accuracy_majority_", "violation_rate_fixed_", "uncertified_")
_RESAMPLES, _CHUNK = 9999, 303

Units = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Difference:
    """`first` less `second` in one metric.

    Attributes:
        task: Of both.
        metric: Its name in scores.json; over units it is the mean, or the ratio of sums.
        first: The name of one side.
        second: The name of the other.
        value: The difference.
        ci95: Its percentile bootstrap interval.
        n_units: The units that both sides have.
        p: Two-sided, of the bootstrap; 1 with fewer than `LEAST_UNITS` units.
        holm_p: The same, corrected over the family.
    """

    task: str
    metric: str
    first: str
    second: str
    value: float
    ci95: tuple[float, float]
    n_units: int
    p: float
    holm_p: float = 1.0

    @property
    def shown(self) -> bool:
        """Whether the interval leaves zero out and Holm's correction agrees."""
        return self._beyond_zero and self.holm_p < LEVEL

    @property
    def _beyond_zero(self) -> bool:
        return self.n_units >= LEAST_UNITS and not self.ci95[0] <= 0 <= self.ci95[1]

    @property
    def words(self) -> str:
        """What the figures say, in words."""
        if self.n_units < LEAST_UNITS:
            return f"{NO_DIFFERENCE}: fewer than {LEAST_UNITS} units"
        if not self._beyond_zero:
            return NO_DIFFERENCE
        if not self.shown:
            return f"{NO_DIFFERENCE} after Holm's correction"
        sense = sense_of(self.metric)
        higher, lower = (self.first, self.second) if self.value > 0 else (self.second, self.first)
        if not sense:
            return f"{higher} is higher"
        return f"{higher if sense > 0 else lower} is better"


def sense_of(metric: str) -> int:
    """1 where a higher value is better, -1 where a lower one is, 0 where neither is."""
    if metric in _NEITHER or metric.startswith(_NEITHER_PREFIXES):
        return 0
    lower = metric in _LOWER_IS_BETTER or metric.startswith(_LOWER_PREFIXES)
    return -1 if lower or metric.endswith("_error") else 1


def side_by_side(
    scores: Scores, seed: int, groups: Mapping[str, str] | None = None
) -> list[Difference]:
    """Every pair of systems of a run in the main metrics; Holm's family is the task.

    A system whose figures are those of an earlier one under another name is not compared twice.

    Args:
        scores: As scores.json holds them.
        seed: Of the bootstrap.
        groups: The group of a unit, where units are not independent: the article of a prompt.
    """
    tasks = dict.fromkeys(task for found in scores.values() for task in found)
    differences: list[Difference] = []
    for task in tasks:
        family: list[Difference] = []
        for first, second in combinations(_distinct(scores, task), 2):
            ours, theirs = (scores[name][task]["by_unit"] for name in (first, second))
            for metric in MAIN_METRICS.get(task, ()):
                found = paired(ours, theirs, metric, seed, groups)
                if found is not None:
                    family.append(replace(found, task=task, first=first, second=second))
        differences += holm(family)
    return differences


def _distinct(scores: Scores, task: str) -> list[str]:
    kept: list[str] = []
    for engine, tasks in scores.items():
        if task in tasks and all(tasks[task] != scores[other][task] for other in kept):
            kept.append(engine)
    return kept


def paired(
    ours: Units,
    theirs: Units,
    metric: str,
    seed: int,
    groups: Mapping[str, str] | None = None,
) -> Difference | None:
    """Ours less theirs over the units that both have; None where there is none.

    Args:
        ours: Figures by unit.
        theirs: The same of the other side.
        metric: The figure to compare; a ratio that units hold as counts is a ratio of sums.
        seed: Of the draws; the same units and seed give the same draws for every pair.
        groups: The group of a unit; groups are then drawn whole, and counted as the units.
    """
    both = [u for u in sorted(theirs) if u in ours and _has(ours[u], theirs[u], metric=metric)]
    if not both:
        return None
    units: dict[str, list[str]] = {}
    for unit in both:
        units.setdefault((groups or {}).get(unit, unit), []).append(unit)
    a, b = (
        np.array([np.sum([_parts(side[u], metric) for u in own], axis=0) for own in units.values()])
        for side in (ours, theirs)
    )
    if not (a[:, 1].sum() and b[:, 1].sum()):
        return None
    value = float(_ratio(a.sum(axis=0)) - _ratio(b.sum(axis=0)))
    drawn = np.concatenate([_ratio(x) - _ratio(y) for x, y in _resampled(a, b, seed)])
    drawn = drawn[np.isfinite(drawn)]
    low, high = (float(q) for q in np.quantile(drawn, [0.025, 0.975]))
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p = min(1.0, 2 * (tail + 1) / (len(drawn) + 1)) if len(units) >= LEAST_UNITS else 1.0
    return Difference("", metric, "", "", value, (low, high), len(units), p)


def _has(*rows: Mapping[str, float], metric: str) -> bool:
    """Whether all rows have what the metric is made of."""
    top, bottom = RATIOS.get(metric, (metric, ()))
    counted = all(name in row for row in rows for name in (top, *bottom))
    return all(metric in row for row in rows) or (metric in RATIOS and counted)


def _parts(row: Mapping[str, float], metric: str) -> tuple[float, float]:
    """Numerator and denominator of a unit."""
    if metric in row:
        return row[metric], 1.0
    top, bottom = RATIOS[metric]
    return row[top], sum(row[name] for name in bottom)


def _ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numerators over denominators [..., 2]; NaN where there is nothing to divide by."""
    below = sums[..., 1]
    return np.asarray(np.where(below > 0, sums[..., 0] / np.where(below > 0, below, 1.0), np.nan))


def _resampled(
    a: NDArray[np.float64], b: NDArray[np.float64], seed: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Sums [chunk, 2] of both sides over the same draws of units."""
    times = _times_drawn(len(a), seed)
    for start in range(0, _RESAMPLES, _CHUNK):
        chunk = times[start : start + _CHUNK].astype(np.float64)
        yield chunk @ a, chunk @ b


@lru_cache(maxsize=4)  # the pairs of a run mostly have the same units
def _times_drawn(n: int, seed: int) -> NDArray[np.uint8]:
    """How often each of n units is in each resample [resamples, n], drawn with replacement."""
    random = np.random.default_rng(seed)
    times = np.empty((_RESAMPLES, n), dtype=np.uint8)
    for start in range(0, _RESAMPLES, _CHUNK):
        places = random.integers(0, n, (_CHUNK, n)) + n * np.arange(_CHUNK)[:, None]
        counts = np.bincount(places.ravel(), minlength=_CHUNK * n)
        times[start : start + _CHUNK] = counts.reshape(_CHUNK, n)
    return times


def holm(family: Sequence[Difference]) -> list[Difference]:
    """The family with Holm's step-down p-values (Holm 1979), in the order given."""
    corrected: list[float] = [1.0] * len(family)
    highest = 0.0
    order = sorted(range(len(family)), key=lambda place: family[place].p)
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, family[place].p * (len(family) - rank)))
        corrected[place] = highest
    return [replace(found, holm_p=p) for found, p in zip(family, corrected, strict=True)]


def comparison_table(differences: Sequence[Difference]) -> Table:
    """The pairs of a run with what they show."""
    return Table(
        title="Systems side by side: paired bootstrap over units, Holm's correction",
        columns=(
            *("task", "metric", "first", "second", "first less second", "95 % interval"),
            *("units", "p", "Holm p", "in words"),
        ),
        rows=tuple(
            (
                *(d.task, d.metric, d.first, d.second, signed(d.value)),
                *(f"{signed(d.ci95[0])} to {signed(d.ci95[1])}", str(d.n_units)),
                *(f"{d.p:.4f}", f"{d.holm_p:.4f}", d.words),
            )
            for d in differences
        ),
    )


def signed(value: float) -> str:
    """A difference with its sign, and none on what rounds to zero."""
    return f"{rounded:+.4f}" if (rounded := round(value, 4)) else "0.0000"


def as_rows(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    """The pairs as the manifest holds them."""
    return [
        {
            **{name: getattr(d, name) for name in ("task", "metric", "first", "second", "value")},
            "ci95": list(d.ci95),
            **{name: getattr(d, name) for name in ("n_units", "p", "holm_p", "words")},
        }
        for d in differences
    ]
