"""Answers to questions for numbers, compared with the reader's number by number.

A number is right when it equals the reader's. A derived number (an SD from an SE) is right within
1 % where the reader gives a number, and is counted apart where the report prints none. An answer
that failed and gave no number is no exact one, though the report print none either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from eval.numeric_data import FIELDS, Kind, NumbersQuestion
from evidence.errors import EvidenceError
from evidence.findings import ContinuousData, DichotomousData, Measure, values
from evidence.grounding import numerals
from evidence.judgements import ExtractedOutcome
from evidence.synthesis.study_effects import study_effects
from indexers.records import Document

DERIVED_TOLERANCE = 0.01
ERRORS: Mapping[Kind, tuple[str, Measure]] = {
    "dichotomous": ("log_or_abs_error", "OR"),
    "continuous": ("smd_abs_error", "SMD"),
}


@dataclass(frozen=True)
class Given:
    """What an engine answers to a question; `derived` names the fields that were computed.

    `failure` tells why it could not answer; numbers beside it are of the engine that stood in.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    flags: tuple[str, ...] = ()
    failure: str | None = None


NOTHING = Given()


@dataclass(frozen=True)
class Scored:
    """A question's answer, compared with the reader's numbers.

    `unscored` counts derived numbers where the report prints none; `hallucinated` the printed
    numbers that stand nowhere in the article.
    """

    question: NumbersQuestion
    given: Given
    right: int
    wrong: int
    missing: int
    unscored: int
    hallucinated: int
    exact: bool
    effect_error: float | None


def given_by(outcome: ExtractedOutcome) -> Given:
    """The numbers of a result, with what was computed and what holds it back."""
    derived = {e.field for e in outcome.evidence if e.derivation is not None}
    numbers = {name: v for name, v in values(outcome.data).items() if v is not None}
    return Given(numbers, frozenset(derived & set(numbers)), outcome.flags)


def score(question: NumbersQuestion, given: Given, document: Document | None) -> Scored:
    """Compare number by number."""
    if question.failure is not None:
        n_missing = n_gold(question)
        return Scored(question, NOTHING, 0, 0, n_missing, 0, 0, exact=False, effect_error=None)
    printed = set(numerals(document.text)) if document is not None else set()
    right = wrong = missing = unscored = hallucinated = 0
    exact = given.failure is None or bool(given.numbers)
    for name in FIELDS[question.kind]:
        gold, number = question.gold[name], given.numbers.get(name)
        if number is not None and name not in given.derived:
            hallucinated += number not in printed and -number not in printed
        if number is None:
            missing += gold is not None
            exact = exact and gold is None
        elif gold is None and name in given.derived:
            unscored += 1
        elif gold is not None and agree(number, gold, name in given.derived):
            right += 1
        else:
            wrong += 1
            exact = False
    error = _effect_error(question, given)
    return Scored(question, given, right, wrong, missing, unscored, hallucinated, exact, error)


def agree(number: float, gold: float, derived: bool) -> bool:
    """Whether two numbers are the same, a derived one within 1 %."""
    return math.isclose(number, gold, rel_tol=DERIVED_TOLERANCE if derived else 1e-9, abs_tol=1e-12)


def _effect_error(question: NumbersQuestion, given: Given) -> float | None:
    """How far the log odds ratio or SMD is off; None where a number is missing on either side."""
    if question.kind not in ERRORS:
        return None
    _, measure = ERRORS[question.kind]
    theirs = _effect(question.kind, question.gold, measure)
    ours = _effect(question.kind, given.numbers, measure)
    return None if ours is None or theirs is None else abs(ours - theirs)


def _effect(kind: Kind, numbers: Mapping[str, float | None], measure: Measure) -> float | None:
    kept = {name: numbers.get(name) for name in FIELDS[kind]}
    if any(value is None for value in kept.values()):
        return None
    try:
        data = (DichotomousData if kind == "dichotomous" else ContinuousData).model_validate(kept)
        effect = float(study_effects(["study"], [data], measure).yi[0])
    except (EvidenceError, ValueError):
        return None
    return effect if math.isfinite(effect) else None


def n_gold(question: NumbersQuestion) -> int:
    """How many numbers the reader gives; four where the entry could not be read."""
    if question.failure is not None:
        return len(question.gold)
    return sum(value is not None for value in question.gold.values())
