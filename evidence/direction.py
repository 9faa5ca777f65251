"""Which way a pooled effect points: whom it favours, and whether it excludes no effect.

Whether more or less of an outcome is better is read from its name by explicit word lists. A name
that they do not know, or that they know in both ways, is left to a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

from evidence.findings import Measure, PooledEffect, SummaryOfFindingsRow
from evidence.question import ClinicalQuestion, concept_terms

RATIO_MEASURES: tuple[Measure, ...] = ("OR", "RR", "HR")
AT_LEAST_LOW = ("low", "moderate", "high")

_ACHIEVED = re.compile(
    r"\b(?:cure[ds]?|surviv\w*|recover\w*|remission|respon(?:se|d)\w*|success\w*|resol(?:ution|ve)\w*"
    r"|improve\w*|heal(?:ing|ed)?|relief|clearance|cessation|abstinence)\b"
)
_WANTED = re.compile(
    r"\b(?:quality of life|well-?being|adherence|compliance|satisfaction|seroconver\w*"
    r"|protection|independence|mobility|live births?|patency|alive)\b"
)
_UNWANTED = re.compile(
    r"\b(?:deaths?|die[ds]?|mortality|fatal\w*|fail(?:ure|ed)\w*|relaps\w*|recur\w*|recrudesc\w*"
    r"|re-?infect\w*|progress(?:ion|ed)|adverse|side effects?|toxic\w*|complications?|harms?"
    r"|pain\w*|infect\w*|sep(?:sis|tic)|fevers?|pyrexia|nausea|vomit\w*|diarrh\w*|constipat\w*"
    r"|weakness|astheni\w*|fatigue|headaches?|dizz\w*|an(?:a?e)mi\w*|bleed\w*|ha?emorrh\w*"
    r"|strokes?|infarct\w*|thrombo\w*|embol\w*|fractures?|falls|hospitali[sz]\w*|re-?admission"
    r"|length of stay|withdraw\w*|discontinu\w*|drop-?outs?|carriage|gametocyt\w*|parasit\w*"
    r"|vira?emi\w*|bactera?emi\w*|cancers?|tumou?rs?|metasta\w*|depressi\w*|anxiety|delirium"
    r"|dementia|injur\w*|disabilit\w*|symptoms?|rash|prurit\w*|itch\w*|hypoglyc\w*|hypotensi\w*"
    r"|arrhythm\w*|seizures?|exacerbat\w*|ulcers?|o?edema|dyspn\w*|cough|preterm|stillbirths?"
    r"|miscarriages?|malaria|tuberculosis|pneumonia|transfusions?|re-?operat\w*|amputat\w*"
    r"|rejection|worsen\w*|distress|insomnia)\b"
)
_GRAVE = re.compile(
    r"\b(?:relaps\w*|recur\w*|recrudesc\w*|adverse|deaths?|mortality|toxic\w*|worsen\w*)\b"
)
_LOST = re.compile(r"\b(?:loss|lack|fail(?:ure|ed)\w*|absence|without|non|no|not|reduced|poor)\b")
_FREE = re.compile(r"\b[\w-]+-free\b|\b(?:free|freedom|absence) (?:of|from) [\w -]+")
_LESSENED = re.compile(r"\b(?:reduc\w+|decreas\w+|declin\w+|prevent\w*|avoid\w*)\b")
_TIME = re.compile(
    r"\btime (?:to|until)\b|\b(?:clearance|healing|recovery|resolution|cure) times?\b"
)


def wanted(outcome: str, measure: Measure) -> Literal["more", "less"] | None:
    """Whether more or less of the measured effect is better; None where the words do not tell.

    The name before the brackets decides; its synonyms are asked when it says nothing. A mean
    time to an event is wanted the other way round than the event, and a hazard ratio for survival
    is one of death.
    """
    for name in concept_terms(outcome) or (outcome,):
        text = name.lower()
        sign = _sign(text)
        if sign is None:
            if any(known.search(text) for known in (_ACHIEVED, _WANTED, _UNWANTED)):
                return None
            continue
        if measure in ("MD", "SMD") and _TIME.search(text):
            sign = -sign
        if measure == "HR" and "surviv" in text:
            sign = -sign
        return "more" if sign > 0 else "less"
    return None


def excludes_null(effect: PooledEffect) -> bool:
    """Whether the confidence interval leaves out no effect (1 for ratios, 0 for differences)."""
    return not effect.ci_low <= null_value(effect.measure) <= effect.ci_high


def null_value(measure: Measure) -> float:
    """The value of no effect on the natural scale."""
    return 1.0 if measure in RATIO_MEASURES else 0.0


def has_effect(row: SummaryOfFindingsRow) -> bool:
    """Whether the row has an effect with a finite confidence interval."""
    effect = row.effect
    return effect is not None and all(
        math.isfinite(value) for value in (effect.estimate, effect.ci_low, effect.ci_high)
    )


def favours(row: SummaryOfFindingsRow) -> Literal["intervention", "comparator"] | None:
    """Whom a row's interval favours; None without an effect, across no effect, or unknown ways."""
    return leans_to(row) if row.effect is not None and excludes_null(row.effect) else None


def leans_to(row: SummaryOfFindingsRow) -> Literal["intervention", "comparator"] | None:
    """Whom a row's estimate favours, whatever its interval; None at no effect or unknown ways."""
    if row.effect is None or not has_effect(row):
        return None
    better = wanted(row.outcome, row.effect.measure)
    if better is None or row.effect.estimate == null_value(row.effect.measure):
        return None
    raised = row.effect.estimate > null_value(row.effect.measure)
    return "intervention" if raised == (better == "more") else "comparator"


def critical_row(
    question: ClinicalQuestion, rows: Sequence[SummaryOfFindingsRow]
) -> SummaryOfFindingsRow | None:
    """The first row about the question's first outcome, which is the critical one."""
    if not question.pico.outcomes:
        return rows[0] if rows else None
    critical = _folded(question.pico.outcomes[0])
    return next((row for row in rows if _folded(row.outcome) == critical), None)


def _sign(text: str) -> int | None:
    """+1 when more of it is better, -1 when less is; None when nothing or both is said."""
    freed = _FREE.sub("alive", text)
    lost = _LOST.search(freed) is not None
    if _ACHIEVED.search(freed):
        if lost:
            return -1
        return None if _GRAVE.search(freed) else 1
    unwanted = _UNWANTED.search(freed) is not None
    if _WANTED.search(freed):
        if lost and not unwanted:
            return -1
        return None if unwanted or lost else 1
    if not unwanted or _LESSENED.search(freed):
        return None
    negated = lost and not re.search(r"\bfail", freed)
    return None if negated else -1


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
