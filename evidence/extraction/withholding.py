"""What is not given however sure the model is: a person has to look at the report first.

Four things speak against giving a flagged result. Its numbers contradict each other, or what is
printed beside them. The question names a time, and the report tells none over the numbers. Other
numbers, of the same arms, time and kind, are about as likely to be those that were asked for. Or
the question names no time, and the result at the time that a synthesis would take is itself not
given: another time's must not step into its place. data/heads_results/README.md has what each of
them changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from evidence.extraction.consistency import is_contradiction
from evidence.extraction.sureness_features import SURENESS_FEATURES
from evidence.extraction.time_points import asked_days, precedence
from evidence.findings import GenericData, values
from evidence.judgements import ExtractedOutcome

LEAST_LEAD = 0.1
"""A result leads where no other numbers are within this of its probability; on the labels any lead
from .05 to .20 gave the same precision within a hundredth."""
_CONTRADICTED = "its numbers contradict each other or what is printed beside them"
_UNTIMED = "the question names a time, and the report tells none here"
_TIED = "other numbers of the report fit about as well"
OUT_OF_TURN = "the result at the time that goes first is not sure"
_MAIN = ("events_", "mean_", "estimate")


def reasons_against(
    results: Sequence[ExtractedOutcome],
    features: NDArray[np.floating],
    chances: NDArray[np.float64],
) -> list[str | None]:
    """Why each of the competing results is not given, None where nothing speaks against it.

    Args:
        results: Everything that may be the result of one outcome.
        features: Their features [n_results, n_features].
        chances: The probabilities [n_results] that they are right.
    """
    close = tied([setting(r) for r in results], [main_numbers(r) for r in results], chances)
    rows = zip(results, untimed(features).tolist(), close.tolist(), strict=True)
    return [
        _CONTRADICTED if is_contradicted(result) else _UNTIMED if late else _TIED if tie else None
        for result, late, tie in rows
    ]


def out_of_turn(
    outcome: str, result: ExtractedOutcome, held_back: Sequence[ExtractedOutcome]
) -> bool:
    """Whether a result would stand for one that goes before it, and was held back.

    Args:
        outcome: As the question words it; where it names a time, no other time's result counts.
        result: Would be given.
        held_back: Results of the rules that are only proposed.
    """
    if asked_days(outcome) is not None:
        return False
    turn = _turn(outcome, result)
    return any(
        _compared(other) == _compared(result) and _turn(outcome, other) < turn
        for other in held_back
    )


def _turn(outcome: str, result: ExtractedOutcome) -> tuple[bool, float]:
    return precedence(outcome, result.time_point, result.time_point_days)


def _compared(result: ExtractedOutcome) -> tuple[Hashable, ...]:
    """The kind of data and the arms."""
    data = result.data
    measure = data.measure if isinstance(data, GenericData) else None
    return data.kind, measure, result.intervention, result.comparator


def is_contradicted(result: ExtractedOutcome) -> bool:
    """Whether the consistency pass found numbers that cannot stand together."""
    return any(is_contradiction(flag) for flag in result.flags)


def untimed(features: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether a time was asked for and none is told [n_results], of the results' features."""
    lacking: NDArray[np.bool_] = features[:, SURENESS_FEATURES.index("time_lacking")] > 0
    return lacking


def setting(result: ExtractedOutcome) -> tuple[Hashable, ...]:
    """What two results must share before one of them puts the other in doubt."""
    days = result.time_point_days
    return (
        *_compared(result),
        result.time_point or None if days is None else days,
        result.analysis_population,
    )


def main_numbers(result: ExtractedOutcome) -> tuple[float | None, ...]:
    """The events, means or estimate by which results are told apart."""
    return tuple(v for name, v in values(result.data).items() if name.startswith(_MAIN))


def tied(
    settings: Sequence[Hashable], numbers: Sequence[Hashable], chances: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether other numbers in a result's setting are nearly as likely, or likelier [n_results]."""
    rows = list(zip(settings, numbers, chances.tolist(), strict=True))
    return np.array(
        [any(s == where and n != told and c >= chance - LEAST_LEAD for s, n, c in rows)
         for where, told, chance in rows],
        dtype=bool,
    )  # fmt: skip
