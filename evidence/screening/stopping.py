"""When screening may stop: exact tests on what a random sample of the rest leaves open.

Vocabulary: `n_unscreened` (N) records were unscreened when the sample was drawn, and
`n_included_before` (r) of the screened ones were included. Of the N, M are to be included; nobody
knows M. The sample holds `n_sampled` (n) of the N, of which `n_included_in_sample` (k) were
included. `n_included` (f) is all that was found among the N so far, in the sample or by priority.
Recall is (r + f) / (r + M).

The test. H0: recall is below the target, so M >= M0, the smallest integer with
(r + f) / (r + M0) < target. With F_M(k) = P(Hypergeometric(N, M, n) <= k), the p-value is the
maximum of F_M(k) over M >= M0, which is F_M0(k) because F falls as M grows.

Why it holds. Let M be the true number. A wrong certificate needs both recall < target, hence
M >= M0, and F_M0(k) <= alpha; together they give F_M(k) <= F_M0(k) <= alpha. F_M is the
distribution function of k, so the k with F_M(k) <= alpha are those up to some k*, and
P(k <= k*) = F_M(k*) <= alpha. Nothing is assumed of r, of f or of the order of screening, except
that the sample is a uniform draw from the N that was fixed before any of it was read: f may come
from any records, chosen in view of the sample or not. Several attempts with shares alpha_j that
sum to alpha err in all with at most alpha (union bound), because each share is fixed by the
number of the attempt and its sample is drawn anew, whatever happened before.

No rule that trusts nothing but the draw can read much less: where the records missed may lie
anywhere, a draw that leaves out each of the N with the same probability is the best there is.

All limits are integers from exact fractions; a p-value within 1e-9 of its limit is decided by an
exact sum. Levels are taken as they are written: 0.95 is 19/20.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

_CLOSE = 1e-9  # relative: far above the rounding of the distribution function
_FIRST_SHARE = Fraction(4, 5)


def as_written(level: float) -> Fraction:
    """The decimal that a person wrote: 0.95 is 19/20, not the nearest binary number."""
    return Fraction(repr(float(level)))


def least_missing_target(n_included_before: int, n_included: int, target_recall: float) -> int:
    """M0: the least number to be included among the N with which recall is below the target."""
    found = n_included_before + n_included
    return math.floor(found / as_written(target_recall)) - n_included_before + 1


def probability_of_at_most(k: int, n_unscreened: int, m: int, n_sampled: int) -> float:
    """F_m(k): the probability that the sample holds at most `k` of `m` among `n_unscreened`."""
    from scipy.stats import hypergeom

    return float(hypergeom.cdf(k, n_unscreened, m, n_sampled))


def exact_probability_of_at_most(k: int, n_unscreened: int, m: int, n_sampled: int) -> Fraction:
    """F_m(k) as a fraction: for ties and for tests; a second or so at a million records."""
    low, high = max(0, m + n_sampled - n_unscreened), min(k, m, n_sampled)
    ways = sum(
        math.comb(m, x) * math.comb(n_unscreened - m, n_sampled - x) for x in range(low, high + 1)
    )
    return Fraction(ways, math.comb(n_unscreened, n_sampled))


def _is_rare(k: int, n_unscreened: int, m: int, n_sampled: int, alpha: Fraction) -> bool:
    """Whether F_m(k) <= alpha, ties included."""
    probability = probability_of_at_most(k, n_unscreened, m, n_sampled)
    if abs(probability - float(alpha)) > _CLOSE * float(alpha):
        return probability < alpha
    return exact_probability_of_at_most(k, n_unscreened, m, n_sampled) <= alpha


@dataclass(frozen=True)
class SampleCounts:
    """What is known once a sample was screened.

    Attributes:
        n_unscreened: N, the records that were unscreened when it was drawn.
        n_sampled: n, how many of them the sample holds; 0 when there was none.
        n_included_in_sample: k.
        n_included_before: r, the included among the records screened before.
        n_included: f, the included among the N, k among them.
        n_excluded: The excluded among the N, those of the sample among them.
    """

    n_unscreened: int
    n_sampled: int
    n_included_in_sample: int
    n_included_before: int
    n_included: int
    n_excluded: int

    def __post_init__(self) -> None:
        if not 0 <= self.n_included_in_sample <= min(self.n_sampled, self.n_included):
            raise ValueError(f"expected 0 <= k <= n and k <= f, got {self}")
        if self.n_included + self.n_excluded > self.n_unscreened:
            raise ValueError(f"expected at most N records screened since the drawing, got {self}")
        if not self.n_sampled <= self.n_included + self.n_excluded:
            raise ValueError(f"expected the whole sample to be screened, got {self}")

    @property
    def most_possible(self) -> int:
        """The most of the N that can be included: those that were not excluded."""
        return self.n_unscreened - self.n_excluded


def p_value(counts: SampleCounts, target_recall: float) -> float:
    """The p-value of H0, that recall is below the target; 0 when it cannot be."""
    m = least_missing_target(counts.n_included_before, counts.n_included, target_recall)
    if m > counts.most_possible:
        return 0.0
    k, n_unscreened, n = counts.n_included_in_sample, counts.n_unscreened, counts.n_sampled
    return min(1.0, probability_of_at_most(k, n_unscreened, m, n))


def reaches_target(counts: SampleCounts, target_recall: float, confidence: float) -> bool:
    """Whether the sample certifies the target: its p-value is at most 1 - confidence."""
    m = least_missing_target(counts.n_included_before, counts.n_included, target_recall)
    return m > counts.most_possible or _is_rare(
        counts.n_included_in_sample, counts.n_unscreened, m, counts.n_sampled, _alpha(confidence)
    )


def recall_lower_bound(counts: SampleCounts, confidence: float) -> float:
    """The exact lower confidence bound of recall; 1 when all that can be included was found.

    It inverts the test: the largest M that the sample does not rule out (Buonaccorsi 1987), so
    it is at least a target exactly when `reaches_target` says so for that target.
    """
    alpha = _alpha(confidence)
    most = _largest(
        counts.n_included,
        counts.most_possible,
        lambda m: (
            not _is_rare(
                counts.n_included_in_sample, counts.n_unscreened, m, counts.n_sampled, alpha
            )
        ),
    )
    relevant = counts.n_included_before + most
    found = counts.n_included_before + counts.n_included
    return found / relevant if relevant else 1.0


def sample_size(
    n_unscreened: int,
    n_included: int,
    target_recall: float,
    confidence: float,
    n_tolerated: int = 0,
) -> int:
    """The least sample that certifies the target when at most `n_tolerated` in it are included.

    Args:
        n_unscreened: N.
        n_included: r, the included among the records screened so far.
        target_recall: In (0, 1).
        confidence: Of this attempt, in (0, 1).
        n_tolerated: The most included records with which the sample still certifies.

    Returns:
        0 when even a rest of nothing but included records would not miss the target, and N when
        only screening everything certifies.
    """
    # Fewer finds than tolerated have to certify too: M0 falls with them, so that is no matter of
    # course.
    limits = [
        (k, least_missing_target(n_included, k, target_recall)) for k in range(n_tolerated + 1)
    ]
    alpha = _alpha(confidence)

    def certifies(n: int) -> bool:
        return all(
            m > n_unscreened - max(0, n - k) or _is_rare(k, n_unscreened, m, n, alpha)
            for k, m in limits
            if k <= n
        )

    return n_unscreened - _largest(0, n_unscreened, lambda left: certifies(n_unscreened - left))


def attempt_confidence(attempt: int, confidence: float) -> float:
    """The confidence that attempt 1, 2, ... has to reach, so that all of them keep `confidence`.

    Of alpha = 1 - confidence the first attempt gets 4/5, and the j-th 2**-j * 2/5: a tenth, a
    twentieth, and so on, 1 in all. The first attempt mostly succeeds and costs 7 % more records
    than with the whole of alpha (ln 0.04 / ln 0.05); halving from the start would cost 23 %.
    """
    alpha = 1 - as_written(confidence)
    share = _FIRST_SHARE if attempt == 1 else (1 - _FIRST_SHARE) * Fraction(2, 2**attempt)
    return float(1 - alpha * share)


def _alpha(confidence: float) -> Fraction:
    return 1 - as_written(confidence)


def _largest(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The largest number of low..high for which `holds`, which is true at low and then falls."""
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
