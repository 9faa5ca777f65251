"""How many contexts are enough: a count certified to keep the risk at or below a target.

Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052) as RULE uses it for contexts (Xia et
al. 2024, arXiv 2407.05131, section 3.2). Each count k has the null hypothesis "its risk is above
alpha"; Hoeffding-Bentkus p-values come from the losses of the calibration questions, and a
procedure that keeps the family-wise error at delta picks the counts that are certified. Then
P(risk of the count used > alpha) <= delta, for questions that are exchangeable with those of the
calibration. The unit is the question or the review, never the passage: passages of one question
are not independent. No certified count means: abstain.

Losses are in [0, 1], in arrays of shape [n_questions, n_counts].
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Losses = NDArray[np.float64]
Procedure = Literal["fixed_sequence", "bonferroni"]


def hoeffding_bentkus_p_value(mean_loss: float, n: int, alpha: float) -> float:
    """P-value of "the risk is above alpha" given the mean of n losses in [0, 1].

    The smaller of Hoeffding's exp(-n h(min(r, alpha), alpha)), with
    h(a, b) = a ln(a/b) + (1 - a) ln((1 - a)/(1 - b)), and Bentkus's
    e P(Bin(n, alpha) <= ceil(n r)); at most 1.

    Raises:
        ValueError: The mean is outside [0, 1], n is below 1 or alpha is outside (0, 1).
    """
    return float(hoeffding_bentkus_p_values(np.array([mean_loss]), n, alpha)[0])


def hoeffding_bentkus_p_values(mean_losses: ArrayLike, n: int, alpha: float) -> Losses:
    """`hoeffding_bentkus_p_value` of an array of means of any shape, each over n losses.

    Raises:
        ValueError: A mean is outside [0, 1], n is below 1 or alpha is outside (0, 1).
    """
    from scipy.special import bdtr, rel_entr

    means = np.asarray(mean_losses, dtype=np.float64)
    _check_unit_interval("a mean loss", means)
    _check_level("alpha", alpha)
    if n < 1:
        raise ValueError(f"expected at least 1 calibration question, got {n}")
    capped = np.minimum(means, alpha)
    divergence = rel_entr(capped, alpha) + rel_entr(1 - capped, 1 - alpha)
    hoeffding = np.exp(-n * divergence)
    bentkus = np.e * bdtr(np.minimum(np.ceil(n * means), n), n, alpha)
    smaller: Losses = np.minimum(np.minimum(hoeffding, bentkus), 1.0)
    return smaller


def certify(
    losses: Losses,
    counts: Sequence[int],
    alpha: float,
    delta: float,
    procedure: Procedure = "fixed_sequence",
) -> tuple[int, ...]:
    """The counts whose risk is certified to be at most alpha, in ascending order.

    Use the smallest. The order of the fixed sequence, largest count first, does not depend on
    the losses; it stops at the first count that fails.

    Args:
        losses: [n_questions, n_counts], in [0, 1].
        counts: The count of each column; all different.
        alpha: The highest risk that is allowed.
        delta: The highest probability that a certified count has a higher risk.
        procedure: `fixed_sequence` at level delta, or `bonferroni` at delta / n_counts.

    Raises:
        ValueError: Losses, counts or levels are not as described.
    """
    checked = checked_losses(losses, len(counts))
    check_counts(counts)
    _check_level("delta", delta)
    p_values = hoeffding_bentkus_p_values(checked.mean(axis=0), len(checked), alpha)
    certified = certified_columns(p_values, largest_first(counts), delta, procedure)
    return tuple(sorted(counts[column] for column in certified))


def certify_grid(
    losses: Losses,
    counts: Sequence[int],
    thresholds: Sequence[float],
    alpha: float,
    delta: float,
    procedure: Procedure = "bonferroni",
) -> tuple[tuple[int, float], ...]:
    """The pairs of count and truncation threshold whose risk is certified, in ascending order.

    Args:
        losses: [n_questions, n_counts, n_thresholds], in [0, 1].
        counts: The count of each place on the second axis; all different.
        thresholds: The threshold of each place on the third axis; all different.
        alpha: The highest risk that is allowed.
        delta: The highest probability that any certified pair has a higher risk.
        procedure: `bonferroni` at delta over the number of pairs, or `fixed_sequence`: one
            sequence a threshold, largest count first, each at delta over the number of
            thresholds.

    Raises:
        ValueError: Losses, counts, thresholds or levels are not as described.
    """
    if not thresholds or len(set(thresholds)) != len(thresholds):
        raise ValueError(f"expected thresholds that differ, got {list(thresholds)}")
    check_counts(counts)
    _check_level("delta", delta)
    shape = (len(counts), len(thresholds))
    if losses.shape[1:] != shape:
        raise ValueError(f"expected losses of shape [n_questions, *{shape}], got {losses.shape}")
    checked = checked_losses(losses.reshape(len(losses), -1), len(counts) * len(thresholds))
    p_values = hoeffding_bentkus_p_values(checked.mean(axis=0), len(checked), alpha).reshape(shape)
    order = largest_first(counts)
    share = delta / len(thresholds)
    return tuple(
        sorted(
            (counts[row], threshold)
            for column, threshold in enumerate(thresholds)
            for row in certified_columns(p_values[:, column], order, share, procedure)
        )
    )


def least_questions(alpha: float, delta: float) -> int:
    """The fewest questions that can certify a count: (1 - alpha)^n <= delta, if nothing is missed.

    Raises:
        ValueError: A level is outside (0, 1).
    """
    _check_level("alpha", alpha)
    _check_level("delta", delta)
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def certified_columns(
    p_values: Losses, order: Sequence[int], delta: float, procedure: Procedure
) -> list[int]:
    """The columns certified at level delta, in the order they are tested.

    Args:
        p_values: [n_columns].
        order: The columns in an order fixed before the losses were seen.
        delta: The family-wise error.
        procedure: How the hypotheses share it.
    """
    match procedure:
        case "bonferroni":
            return [column for column in order if p_values[column] <= delta / len(order)]
        case "fixed_sequence":
            certified: list[int] = []
            for column in order:
                if p_values[column] > delta:
                    break
                certified.append(column)
            return certified


def largest_first(counts: Sequence[int]) -> list[int]:
    """The columns of counts from the largest count to the smallest."""
    return sorted(range(len(counts)), key=lambda column: -counts[column])


def share_of_gold_missed(
    ranked_ids: Sequence[str], gold_ids: Iterable[str], counts: Sequence[int]
) -> Losses:
    """Loss [n_counts]: the share of the gold passages that is not among the first k.

    Raises:
        ValueError: A question without gold, or counts that are not positive and different.
    """
    gold = set(gold_ids)
    if not gold:
        raise ValueError("expected at least one gold passage for a question")
    check_counts(counts)
    places = [ranked_ids.index(passage) for passage in gold.intersection(ranked_ids)]
    found = [sum(place < count for place in places) for count in counts]
    return 1.0 - np.array(found, dtype=np.float64) / len(gold)


def answer_wrong(correct: Sequence[bool | None]) -> Losses:
    """Loss [n_counts]: 0 where the answer from k contexts is correct, else 1.

    None stands for a reply that could not be read: no answer is a wrong answer.
    """
    return np.array([0.0 if right else 1.0 for right in correct], dtype=np.float64)


def checked_losses(losses: Losses, n_columns: int) -> Losses:
    """The losses, once they are of shape [n_questions >= 1, n_columns] and within [0, 1].

    Raises:
        ValueError: They are not.
    """
    if losses.ndim != 2 or losses.shape[1] != n_columns or len(losses) == 0:
        raise ValueError(f"expected losses [n_questions, {n_columns}], got {losses.shape}")
    _check_unit_interval("a loss", losses)
    return losses


def check_counts(counts: Sequence[int]) -> None:
    """Refuse counts that are not positive and different.

    Raises:
        ValueError: They are not.
    """
    if not counts or min(counts) < 1 or len(set(counts)) != len(counts):
        raise ValueError(f"expected different counts of at least 1, got {list(counts)}")


def _check_unit_interval(name: str, values: Losses) -> None:
    outside = values[~((values >= 0) & (values <= 1))]  # nan is outside as well
    if outside.size:
        raise ValueError(f"expected {name} between 0 and 1, got {outside.flat[0]}")


def _check_level(name: str, level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"expected {name} between 0 and 1, exclusive, got {level}")
