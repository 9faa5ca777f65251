"""Means, standard deviations, events and standard errors from what a report prints instead.

Pure functions; each returns the value with the words that a reader needs to redo it. Nothing is
derived from numbers that contradict each other: the answer is None then.

Sources: Cochrane Handbook 6.4 (2023), chapter 6; Luo et al., Stat Methods Med Res 2018;27:1785
(mean from quantiles); Wan et al., BMC Med Res Methodol 2014;14:135 (SD from range or quartiles);
Shi et al., Res Synth Methods 2020;11:641 (SD from five numbers); Shi et al., Stat Methods Med Res
2023;32:1338 (tests of skewness). Agreement with R metafor is pinned in tests/reference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

# Up to this n an interval is taken to be made with t (Handbook 6.5.2.2: normal above 100).
LARGEST_N_FOR_T = 100
_MIN_N_FOR_QUANTILES = 5  # as in metafor's conv.fivenum: the weights are not meant for fewer
_LARGEST_PERCENT = 100.0


class Derived(NamedTuple):
    """A computed number and the words for `ValueEvidence.derivation`."""

    value: float
    words: str


@dataclass(frozen=True)
class Quantiles:
    """The median of a group with its quartiles, its smallest and largest value, or both."""

    median: float
    q1: float | None = None
    q3: float | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_ordered(self) -> bool:
        """Whether minimum <= q1 <= median <= q3 <= maximum, and something has a width."""
        known = [x for x in (self.minimum, self.q1, self.median, self.q3, self.maximum)
                 if x is not None]  # fmt: skip
        return known == sorted(known) and known[0] < known[-1]

    @property
    def quartiles(self) -> tuple[float, float] | None:
        """First and third quartile, or None."""
        return None if self.q1 is None or self.q3 is None else (self.q1, self.q3)

    @property
    def extremes(self) -> tuple[float, float] | None:
        """Smallest and largest value, or None."""
        whole = self.minimum is not None and self.maximum is not None
        return (self.minimum, self.maximum) if whole else None  # type: ignore[return-value]

    def __str__(self) -> str:
        """As a reader would print it: `median 5, IQR 3 to 8, range 1 to 20`."""
        parts = [f"median {self.median:g}"]
        if self.quartiles:
            parts.append(f"IQR {self.quartiles[0]:g} to {self.quartiles[1]:g}")
        if self.extremes:
            parts.append(f"range {self.extremes[0]:g} to {self.extremes[1]:g}")
        return ", ".join(parts)


def _t(probability: float, degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(probability, degrees))


def _z(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def sd_from_se(se: float, n: int) -> Derived | None:
    """SD of a group from the standard error of its mean (Handbook 6.5.2.2)."""
    if se < 0 or n < 1:
        return None
    words = f"SE {se:g} times the square root of n = {n} (Cochrane Handbook 6.5.2.2)"
    return Derived(se * math.sqrt(n), words)


def sd_from_interval(low: float, high: float, n: int, level: float = 95) -> Derived | None:
    """SD of a group from the confidence interval of its mean (Handbook 6.5.2.2).

    Args:
        low: Lower limit.
        high: Upper limit.
        n: Participants; up to 100 the interval is taken to rest on t with n - 1.
        level: Confidence level in percent.
    """
    if high <= low or n < 2 or not 50 <= level < _LARGEST_PERCENT:
        return None
    upper = 0.5 + level / 200
    small = n <= LARGEST_N_FOR_T
    factor = _t(upper, n - 1) if small else _z(upper)
    words = (
        f"square root of n = {n} times the width of the {level:g}% CI {low:g} to {high:g}, over "
        f"2 x {factor:.4g} ({f't with {n - 1} degrees of freedom' if small else 'normal'}; "
        "Cochrane Handbook 6.5.2.2)"
    )
    return Derived(math.sqrt(n) * (high - low) / (2 * factor), words)


class Group(NamedTuple):
    """Mean, SD and number of participants of a group."""

    mean: float
    sd: float
    n: int


def combined(groups: Sequence[Group]) -> tuple[Group, str] | None:
    """One group made of two or more (Handbook 6.5.2.10), taken together one after the other."""
    if not groups or any(g.n < 1 or g.sd < 0 for g in groups):
        return None
    made = groups[0]
    for other in groups[1:]:
        n = made.n + other.n
        between = made.n * other.n / n * (made.mean - other.mean) ** 2
        within = (made.n - 1) * made.sd**2 + (other.n - 1) * other.sd**2
        mean = (made.n * made.mean + other.n * other.mean) / n
        made = Group(mean, math.sqrt((within + between) / (n - 1)), n)
    printed = " and ".join(f"{g.mean:g} (SD {g.sd:g}, n = {g.n})" for g in groups)
    return made, f"{printed} combined (Cochrane Handbook 6.5.2.10)"


def events_from_percent(percent: float, decimals: int, total: int) -> Derived | None:
    """The one whole number of events whose percentage is printed so; None if there are several.

    Args:
        percent: As printed.
        decimals: Its printed decimals.
        total: Participants.
    """
    if not 0 <= percent <= _LARGEST_PERCENT or total < 1:
        return None
    half = 0.5 * 10.0**-decimals + 1e-9
    low = max(0, math.ceil((percent - half) * total / 100))
    high = min(total, math.floor((percent + half) * total / 100))
    if low != high:
        return None
    words = f"{percent:.{decimals}f}% of {total}: {low}/{total} is the only count printed so"
    return Derived(low, words)


def skewness(quantiles: Quantiles, n: int) -> str | None:
    """Why quantiles look skewed (Shi et al. 2023, level 5 %); None when they do not."""
    if not quantiles.is_ordered or n < _MIN_N_FOR_QUANTILES:
        return None
    statistic, critical = skewness_test(quantiles, n)
    if statistic < critical:
        return None
    return (
        f"{quantiles} among {n} are skewed (Shi 2023: {statistic:.3g}, critical {critical:.3g}): "
        "mean and SD are not derived"
    )


def skewness_test(quantiles: Quantiles, n: int) -> tuple[float, float]:
    """Test statistic and critical value of Shi et al. (2023) at the 5 % level."""
    outer, inner = quantiles.extremes, quantiles.quartiles
    far = _off_centre(outer, quantiles.median) if outer else 0.0
    near = _off_centre(inner, quantiles.median) if inner else 0.0
    if outer and inner:
        weighted = 2.65 * math.log(0.6 * n) / math.sqrt(n) * far
        return max(weighted, near), 3 / math.sqrt(n) - 40 / n**3
    if outer:
        return far, 1 / math.log(n + 9) + 2.5 / (n + 1)
    return near, 2.65 / math.sqrt(n) - 6 / n**2


def _off_centre(limits: tuple[float, float], median: float) -> float:
    """|low + high - 2 median| over the width; 0 where there is no width."""
    low, high = limits
    return abs(low + high - 2 * median) / (high - low) if high > low else 0.0


def _usable(quantiles: Quantiles, n: int) -> bool:
    known = quantiles.extremes or quantiles.quartiles
    return known is not None and quantiles.is_ordered and n >= _MIN_N_FOR_QUANTILES


def mean_from_quantiles(quantiles: Quantiles, n: int) -> Derived | None:
    """Mean from the median with range, quartiles or both (Luo et al. 2018, eq. 7, 11 and 15)."""
    if not _usable(quantiles, n):
        return None
    outer, inner = quantiles.extremes, quantiles.quartiles
    if outer and inner:
        far, near = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    elif outer:
        far, near = 4 / (4 + n**0.75), 0.0
    else:
        far, near = 0.0, 0.7 + 0.39 / n
    value = (1 - far - near) * quantiles.median
    value += far * sum(outer) / 2 if outer else 0.0
    value += near * sum(inner) / 2 if inner else 0.0
    return Derived(value, f"mean from {quantiles} with n = {n} (Luo 2018)")


def sd_from_quantiles(quantiles: Quantiles, n: int) -> Derived | None:
    """SD from range or quartiles (Wan et al. 2014, eq. 9 and 16) or both (Shi et al. 2020, 10)."""
    if not _usable(quantiles, n):
        return None
    outer, inner = quantiles.extremes, quantiles.quartiles
    by_range = by_quartiles = 0.0
    if outer:
        by_range = (outer[1] - outer[0]) / (2 * _z((n - 0.375) / (n + 0.25)))
    if inner:
        by_quartiles = (inner[1] - inner[0]) / (2 * _z((0.75 * n - 0.125) / (n + 0.25)))
    share = 1.0 if not inner else 0.0 if not outer else 1 / (1 + 0.07 * n**0.6)
    source = "Shi 2020" if outer and inner else "Wan 2014"
    value = share * by_range + (1 - share) * by_quartiles
    return Derived(value, f"SD from {quantiles} with n = {n} ({source})")
