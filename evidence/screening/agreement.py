"""How well two reviewers agree: percent agreement, Cohen's κ and PABAK with 95 % intervals.

κ and its large-sample standard error: Fleiss, Cohen & Everitt, Psychol Bull 1969;72:323. PABAK, the
prevalence-adjusted bias-adjusted κ: Byrt, Bishop & Carlin, J Clin Epidemiol 1993;46:423; of k
categories it is (k·p - 1)/(k - 1), where p is the share of agreement. The interval of p is
Wilson's, and that of PABAK is the same on its scale. In screening few records are included, so κ
may be low where reviewers hardly differ: read it with PABAK.

Own code for κ, because statsmodels is no dependency of the program; it is the reference in the
tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, sqrt
from typing import Literal, get_args

from evidence.config import ScreeningSettings
from evidence.judgements import Phase, Verdict
from evidence.screening.reviewing import calibration_round
from evidence.screening.verdicts import Pair, person_key
from evidence.state import ReviewState

VerdictPair = tuple[Verdict, Verdict]
_Z = 1.959963984540054  # the normal distribution's 97.5th percentile
_CATEGORIES: dict[int, tuple[str, ...]] = {
    2: ("not excluded", "exclude"),
    3: ("include", "unclear", "exclude"),
}


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95 % interval; what cannot be told is None, and `note` says why."""

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Agreement:
    """Two raters' agreement.

    `table[i][j]` counts the records that the first rater put into the i-th category and the second
    into the j-th; `observed` is the share of records on which they agree.
    """

    n_records: int
    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    observed: Estimate
    kappa: Estimate
    pabak: Estimate


@dataclass(frozen=True)
class ReviewersAgreement:
    """Agreement of two reviewers in a phase, or in its calibration round alone.

    `two_way` asks whether a record is excluded (`unclear` goes on, as `include` does); `three_way`
    takes `unclear` as a verdict of its own.
    """

    reviewers: tuple[str, str]
    phase: Phase
    calibration: bool
    two_way: Agreement
    three_way: Agreement


def agreements(
    state: ReviewState, screening: ScreeningSettings, seed: int = 0
) -> list[ReviewersAgreement]:
    """The agreement of all pairs of reviewers by phase; that of the calibration round comes first.

    It is that of the verdicts each gave alone, before the two talked. Duplicates are left out, for
    they are screened once.
    """
    drawn = set(calibration_round(state, screening, seed))
    found = []
    for phase in get_args(Phase):
        shared = _shared(state, phase)
        for _, pairs in sorted(shared.items()):
            calibration = [pair for pair in pairs if pair[0].record_id in drawn]
            if calibration and phase == "title_abstract":
                found.append(_of(phase, calibration, calibration_only=True))
            found.append(_of(phase, pairs))
    return found


def agreement(pairs: Sequence[VerdictPair], n_categories: Literal[2, 3] = 2) -> Agreement:
    """The agreement on these pairs of verdicts: excluded or not, or with `unclear` as a third."""
    categories = _CATEGORIES[n_categories]
    counts = [[0] * n_categories for _ in categories]
    for one, other in pairs:
        counts[_category(one, n_categories)][_category(other, n_categories)] += 1
    table = tuple(map(tuple, counts))
    n_agreed = sum(table[i][i] for i in range(n_categories))
    observed = _share(n_agreed, len(pairs))
    return Agreement(len(pairs), categories, table, observed, kappa(table), _pabak(observed, table))


def kappa(table: Sequence[Sequence[int]]) -> Estimate:
    """Cohen's κ of a square table of counts, [n_categories, n_categories].

    There is none when both raters used one and the same category only: chance alone would make
    them agree. There is no interval when the standard error is 0, as it is when they agree on
    everything: the large-sample formula then says nothing of the few records that were seen.
    """
    k, n = len(table), sum(map(sum, table))
    if not n:
        return Estimate(None, note="no record was judged by both")
    p = [[count / n for count in row] for row in table]
    rows = [sum(row) for row in p]
    columns = [sum(row[j] for row in p) for j in range(k)]
    observed = sum(p[i][i] for i in range(k))
    expected = sum(rows[i] * columns[i] for i in range(k))
    if isclose(expected, 1.0):
        return Estimate(None, note="both used one category only: agreement by chance is certain")
    value = (observed - expected) / (1 - expected)
    same = sum(
        p[i][i] * (1 - expected - (rows[i] + columns[i]) * (1 - observed)) ** 2 for i in range(k)
    )
    different = sum(
        p[i][j] * (columns[i] + rows[j]) ** 2 for i in range(k) for j in range(k) if i != j
    )
    different *= (1 - observed) ** 2
    both = (observed * expected - 2 * expected + observed) ** 2
    variance = max(same + different - both, 0.0) / (n * (1 - expected) ** 4)
    if isclose(variance, 0.0, abs_tol=1e-15):
        return Estimate(value, note="no interval: the large-sample standard error is 0")
    half = _Z * sqrt(variance)
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0))


def _of(phase: Phase, pairs: list[Pair], *, calibration_only: bool = False) -> ReviewersAgreement:
    verdicts: list[VerdictPair] = [(one.verdict, other.verdict) for one, other in pairs]
    one, other = pairs[-1]
    names = (one.provenance.actor, other.provenance.actor)
    two_way, three_way = agreement(verdicts, 2), agreement(verdicts, 3)
    return ReviewersAgreement(names, phase, calibration_only, two_way, three_way)


def _shared(state: ReviewState, phase: Phase) -> dict[tuple[str, str], list[Pair]]:
    """The independent pairs of verdicts by the two reviewers' keys, whoever judged first."""
    shared: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for record_id in state.records:
        said = state.verdicts.get((record_id, phase))
        if said is None or said.independent is None or record_id in state.duplicates:
            continue
        one, other = sorted(said.independent, key=lambda v: person_key(v.provenance.actor))
        shared[person_key(one.provenance.actor), person_key(other.provenance.actor)].append(
            (one, other)
        )
    return shared


def _category(verdict: Verdict, n_categories: int) -> int:
    if n_categories == 2:
        return int(verdict == "exclude")
    return _CATEGORIES[3].index(verdict)


def _share(n_agreed: int, n: int) -> Estimate:
    """The share of agreement with Wilson's interval."""
    if not n:
        return Estimate(None, note="no record was judged by both")
    from scipy.stats import binomtest

    interval = binomtest(n_agreed, n).proportion_ci(0.95, method="wilson")
    return Estimate(n_agreed / n, float(interval.low), float(interval.high))


def _pabak(observed: Estimate, table: Sequence[Sequence[int]]) -> Estimate:
    k = len(table)

    def scaled(share: float | None) -> float | None:
        return None if share is None else (k * share - 1) / (k - 1)

    return Estimate(
        scaled(observed.value), scaled(observed.ci_low), scaled(observed.ci_high), observed.note
    )
