"""Adaptive truncation: keep the contexts above a drop in score (MMed-RAG, arXiv 2410.13085).

Two rules go by that name. The paper's cuts at the first large gap between neighbours; the code
released with it compares each score with the first. Both need positive scores, so a score of zero
or less ends the list.

A threshold that was tuned on the calibration questions belongs in the calibration grid
(`retrievers.calibration.certify_grid`); chosen outside it, the guarantee on the risk is void.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from indexers.records import Frozen

Rule = Literal["gap", "ratio"]


class Truncation(Frozen):
    """A rule and its threshold: γ > 0 of the gap rule, t > 1 of the ratio rule."""

    rule: Rule
    threshold: float = Field(gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ratio_keeps_the_first(self) -> Self:
        if self.rule == "ratio" and self.threshold <= 1:
            raise ValueError(
                f"the ratio rule needs a threshold above 1 to keep anything, not {self.threshold:g}"
            )
        return self

    def kept(self, scores: Sequence[float]) -> int:
        """How many of the scores, best first, stay."""
        match self.rule:
            case "gap":
                return kept_by_gap(scores, self.threshold)
            case "ratio":
                return kept_by_ratio(scores, self.threshold)


def kept_by_gap(scores: Sequence[float], gamma: float) -> int:
    """The paper's rule: cut after the first i with ln(S_i / S_{i+1}) > gamma.

    Args:
        scores: Best first.
        gamma: The largest gap in log score that does not cut.

    Raises:
        ValueError: The scores do not fall, or one is not a number.
    """
    positive = _positive(scores)
    for place in range(1, len(positive)):
        if math.log(positive[place - 1] / positive[place]) > gamma:
            return place
    return len(positive)


def kept_by_ratio(scores: Sequence[float], t: float) -> int:
    """The released code's rule: keep i while S_1 / S_i < t.

    Args:
        scores: Best first.
        t: The ratio at which the list ends; at most 1 keeps nothing.

    Raises:
        ValueError: The scores do not fall, or one is not a number.
    """
    positive = _positive(scores)
    for place, score in enumerate(positive):
        if positive[0] / score >= t:
            return place
    return len(positive)


def _positive(scores: Sequence[float]) -> list[float]:
    """The scores before the first that is not positive."""
    if any(math.isnan(score) for score in scores):
        raise ValueError("expected scores that are numbers, got nan")
    if any(later > earlier for earlier, later in pairwise(scores)):
        raise ValueError("expected scores with the best first")
    return [score for score in scores if score > 0]
