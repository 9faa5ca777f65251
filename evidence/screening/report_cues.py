"""Cues that a title and abstract report the results of a comparison between groups of people.

Reviews of interventions include such reports, whatever their question; so the cues say something
of a record before anybody has judged one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Looked for in texts in lower case. Each begins with letters or digits and only then looks back for
# the word's beginning: so the regular expression engine skips to where a cue may be, which takes a
# third of the time of `\b` at the front and of ignoring case.
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"random(?<!\wrandom)(?:i[sz]ed|i[sz]ation|ly)\b",
        r"[cv](?<!\w[cv])(?:(?<=c)ompar|(?<=v)(?:ersus|s)\b)",
        r"placebo(?<!\wplacebo)",
        r"\d(?<!\w\d)\d*[- ](?:weeks?|months?|years?)\b",
        r"[n\d](?<!\w[n\d])(?:(?<=n) ?= ?\d"
        r"|(?<=\d)\d{1,4} (?:patients|subjects|women|men|children|participants)\b)",
        r"[p9c](?:(?<=p)(?<!\wp) ?[<=>] ?0?\.\d|(?<=9)5 ?% ?c\.?i"
        r"|(?<=c)(?<!\wc)onfidence interval)",
    )
)
# Letters that are i or s in another case, to which `lower` does not lead.
_OTHER_CASES = str.maketrans("\u0130\u0131\u017f", "iis")
_MOST_COUNTED = 3


def report_cues(texts: Sequence[str], has_abstract: Sequence[bool]) -> NDArray[np.float64]:
    """How much each text looks like a report of a comparison, [n_texts], mean 0 over the texts.

    The sum of standardised cues: random allocation, comparison, placebo, durations, numbers of
    participants, p-values or confidence intervals (each the square root of its mentions, at most
    three), and that there is an abstract. All weigh the same; no label was used to choose them.
    """
    if not texts:
        return np.zeros(0)
    counted = np.array([_counts(text) for text in texts])
    mentions = np.sqrt(np.minimum(counted, _MOST_COUNTED))
    columns = np.column_stack([mentions, np.array(has_abstract, dtype=np.float64)])
    return standardised(standardised(columns).sum(axis=1))


def _counts(text: str) -> list[int]:
    folded = (text if text.isascii() else text.translate(_OTHER_CASES)).lower()
    return [len(cue.findall(folded)) for cue in _CUES]


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column less its mean, over its standard deviation; a constant column becomes zeros."""
    spread = values.std(axis=0)
    centred = values - values.mean(axis=0)
    return np.asarray(np.where(spread > 1e-9, centred / np.maximum(spread, 1e-9), 0.0))
