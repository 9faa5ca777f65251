"""The axis of a forest plot: where an effect stands, in pixels, and which ticks are labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, log, log10
from statistics import median

from evidence.findings import Measure
from evidence.synthesis.study_effects import RATIO_MEASURES

_RATIO_TICKS = (
    (0.9, 0.95, 1.0, 1.05, 1.1),
    (0.8, 0.9, 1.0, 1.1, 1.25),
    (0.67, 0.8, 1.0, 1.25, 1.5),
    (0.5, 0.7, 1.0, 1.5, 2.0),
    (0.2, 0.5, 1.0, 2.0, 5.0),
    (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    (0.05, 0.2, 1.0, 5.0, 20.0),
    (0.02, 0.1, 0.5, 1.0, 2.0, 10.0, 50.0),
    (0.01, 0.1, 1.0, 10.0, 100.0),
)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Axis:
    """A symmetric axis around no effect; what lies beyond its ends is cut off.

    `limit` is the half-width on the analysis scale (logs for ratios), `left` and `width` pixels.
    """

    ratio: bool
    limit: float
    ticks: tuple[float, ...]
    left: float
    width: float

    def x(self, value: float) -> float:
        """The place of a value on the natural scale, at most the end of the axis."""
        position = min(self.limit, max(-self.limit, self._analysis(value)))
        return self.left + self.width * (position / self.limit + 1) / 2

    def beyond(self, value: float) -> int:
        """-1 or 1 for a value off the left or the right end, else 0."""
        position = self._analysis(value)
        return (position > self.limit) - (position < -self.limit)

    @property
    def null(self) -> float:
        """No effect."""
        return 1.0 if self.ratio else 0.0

    def _analysis(self, value: float) -> float:
        if not self.ratio:
            return value
        return log(value) if value > 0 else -self.limit * 2


def fitted_axis(
    measure: Measure,
    whole: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    left: float,
    width: float,
) -> Axis:
    """An axis that shows all estimates, the pooled intervals and most of the studies' intervals.

    A study's interval that is far wider than those of most is cut off with an arrow, so that one
    tiny study does not squeeze the others into a point.

    Args:
        measure: Ratios get a logarithmic axis.
        whole: What must be seen: the pooled and prediction intervals, the studies' estimates.
        intervals: Ends of the studies' intervals on the natural scale.
        left: Pixels.
        width: Pixels.
    """
    ratio = measure in RATIO_MEASURES
    ends = [max(_distance(end, ratio) for end in pair) for pair in intervals]
    needed = max(_distance(end, ratio) for end in whole)
    wanted = max(needed, min(max(ends, default=0.0), 2.5 * median(ends or [0.0])))
    if ratio:
        ticks = next((t for t in _RATIO_TICKS if t[-1] >= exp(min(wanted, 700))), _RATIO_TICKS[-1])
        return Axis(True, log(ticks[-1]) * 1.04, ticks, left, width)
    step = _nice_step(max(wanted, 1e-12) / 2)
    reach = max(1, ceil(wanted / step - 1e-9))
    linear = tuple(step * index for index in range(-reach, reach + 1))
    return Axis(False, reach * step * 1.04, linear, left, width)


def tick_label(value: float) -> str:
    """A tick as printed: `0.5`, `1`, `-20`."""
    return f"{value:.10g}".replace("-", "−")


def _distance(value: float, ratio: bool) -> float:
    if not ratio:
        return abs(value)
    return abs(log(value)) if value > 0 else log(100)


def _nice_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(power * nice for nice in _NICE if power * nice >= rough * (1 - 1e-9))
