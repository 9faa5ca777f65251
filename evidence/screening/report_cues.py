"""Cues that a title and abstract report the results of a comparison between groups of people.

Reviews of interventions include such reports, whatever their question; so the cues say something
of a record before anybody has judged one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_CUES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\brandom(?:i[sz]ed|i[sz]ation|ly)\b",
        r"\bcompar|\bversus\b|\bvs\b",
        r"\bplacebo",
        r"\b\d+[- ](?:weeks?|months?|years?)\b",
        r"\bn ?= ?\d|\b\d{2,5} (?:patients|subjects|women|men|children|participants)\b",
        r"\bp ?[<=>] ?0?\.\d|95 ?% ?c\.?i|\bconfidence interval",
    )
)
_MOST_COUNTED = 3


def report_cues(texts: Sequence[str], has_abstract: Sequence[bool]) -> NDArray[np.float64]:
    """How much each text looks like a report of a comparison, [n_texts], mean 0 over the texts.

    The sum of standardised cues: random allocation, comparison, placebo, durations, numbers of
    participants, p-values or confidence intervals (each the square root of its mentions, at most
    three), and that there is an abstract. All weigh the same; no label was used to choose them.
    """
    if not texts:
        return np.zeros(0)
    counted = [
        [min(_MOST_COUNTED, sum(1 for _ in cue.finditer(text))) ** 0.5 for cue in _CUES]
        for text in texts
    ]
    columns = np.column_stack([np.array(counted), np.array(has_abstract, dtype=np.float64)])
    return standardised(standardised(columns).sum(axis=1))


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column less its mean, over its standard deviation; a constant column becomes zeros."""
    spread = values.std(axis=0)
    centred = values - values.mean(axis=0)
    return np.asarray(np.where(spread > 1e-9, centred / np.maximum(spread, 1e-9), 0.0))
