"""Numbers of results, a part of `extraction`: each number a question asks for, right or wrong.

A question is an intervention, a comparator and an outcome of one article, as the review's own stage
is asked; of what the stage extracts, the result that a synthesis would take is scored, of the
kind (counts, means, effect) that the question asks for. A number is right when it equals the
reader's. A derived number (an SD from an SE) is right within 1 % where the reader gives a number,
and is counted apart where the report prints none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from eval.metrics import grouped_samples
from eval.numeric_data import FIELDS, Kind, NumbersData, NumbersQuestion
from eval.results import EngineScores, Metric, Table, TaskResult
from evidence.errors import EvidenceError
from evidence.findings import ContinuousData, DichotomousData, Measure, values
from evidence.grounding import numerals
from evidence.judgements import ExtractedOutcome
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import Extractor
from evidence.synthesis.selection import preferred_result
from evidence.synthesis.study_effects import study_effects
from indexers.records import Document

Progress = Callable[[str, int, int], None]
DERIVED_TOLERANCE = 0.01
_ERRORS: Mapping[Kind, tuple[str, Measure]] = {
    "dichotomous": ("log_or_abs_error", "OR"),
    "continuous": ("smd_abs_error", "SMD"),
}


@dataclass(frozen=True)
class Given:
    """What an engine answers to a question; `derived` names the fields that were computed."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    flags: tuple[str, ...] = ()


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


def run_numbers(
    data: NumbersData, extractors: Mapping[str, Extractor], seed: int, progress: Progress
) -> TaskResult:
    """Precision, recall, exact match, hallucination and the errors of the effects.

    Each extractor is an engine; beside it `NAME:unflagged` keeps only what no flag holds back.
    `nothing` gives no number, and so is right where the report has none. An article that cannot
    be read, or a question on which the extractor fails, scores as if nothing were found; an entry
    of the data that cannot be read, as if four numbers were there and none was found. Intervals
    resample articles.
    """
    answers: dict[str, list[Scored]] = {}
    for name, extractor in extractors.items():
        for number, question in enumerate(data.questions, 1):
            document = data.documents.get(question.article_id)
            given = ask(extractor, question, document) if document is not None else NOTHING
            kept = NOTHING if given.flags else given
            for engine, answer in ((name, given), (f"{name}:unflagged", kept)):
                answers.setdefault(engine, []).append(score(question, answer, document))
            progress(f"numbers ({name})", number, len(data.questions))
    answers["nothing"] = [score(question, NOTHING, None) for question in data.questions]
    n_numbers = sum(_n_gold(q) for q in data.questions)
    return TaskResult(
        task="extraction",
        scores={name: _scores(rows, seed) for name, rows in answers.items()},
        items=[_item(name, row) for name, rows in answers.items() for row in rows],
        tables=(_by_kind(answers),),
        notes=(
            f"{len(data.questions)} questions with {n_numbers} numbers from "
            f"{len({q.article_id for q in data.questions})} articles. Precision is over the "
            "numbers given, recall over the numbers of the readers; exact match asks every number "
            "of a question to agree, the missing ones too. Errors of effects are over the "
            "questions where both sides have all numbers. Intervals resample articles.",
        ),
    )


def ask(extractor: Extractor, question: NumbersQuestion, document: Document) -> Given:
    """The numbers of the one result that a synthesis would take."""
    asked = ClinicalQuestion(
        text=f"{question.intervention} or {question.comparator}: {question.outcome}",
        pico=Pico(
            population="the participants of the trial",
            intervention=question.intervention,
            comparator=question.comparator,
            outcomes=(question.outcome,),
        ),
    )
    try:
        outcomes = extractor.extract(asked, document).outcomes
    except EvidenceError:
        return NOTHING
    found = [outcome for outcome in outcomes if outcome.data.kind == question.kind]
    best = preferred_result(question.outcome, question.comparator, found)
    return _given(best) if best is not None else NOTHING


def _given(outcome: ExtractedOutcome) -> Given:
    derived = {e.field for e in outcome.evidence if e.derivation is not None}
    numbers = {name: v for name, v in values(outcome.data).items() if v is not None}
    return Given(numbers, frozenset(derived & set(numbers)), outcome.flags)


def score(question: NumbersQuestion, given: Given, document: Document | None) -> Scored:
    """Compare number by number."""
    if question.failure is not None:
        n_missing = _n_gold(question)
        return Scored(question, NOTHING, 0, 0, n_missing, 0, 0, exact=False, effect_error=None)
    printed = set(numerals(document.text)) if document is not None else set()
    right = wrong = missing = unscored = hallucinated = 0
    exact = True
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
    if question.kind not in _ERRORS:
        return None
    _, measure = _ERRORS[question.kind]
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


def _scores(rows: Sequence[Scored], seed: int) -> EngineScores:
    samples = grouped_samples([row.question.article_id for row in rows], seed)

    def over(top: Callable[[Scored], float], below: Callable[[Scored], float]) -> Metric | None:
        tops, belows = np.array([top(r) for r in rows]), np.array([below(r) for r in rows])
        if belows.sum() == 0:
            return None
        drawn = [tops[s].sum() / belows[s].sum() for s in samples if belows[s].sum() > 0]
        low, high = np.quantile(drawn, [0.025, 0.975])
        value = float(tops.sum() / belows.sum())
        return Metric(value, int(belows.sum()), (float(low), float(high)))

    metrics = {
        "precision": over(lambda r: r.right, lambda r: r.right + r.wrong),
        "recall": over(lambda r: r.right, lambda r: _n_gold(r.question)),
        "exact_match": over(lambda r: r.exact, lambda _: 1),
        "partial_match": over(lambda r: r.right > 0, lambda r: _n_gold(r.question) > 0),
        "missing_rate": over(lambda r: r.missing, lambda r: _n_gold(r.question)),
        "hallucination_rate": over(
            lambda r: r.hallucinated, lambda r: len(r.given.numbers) - len(r.given.derived)
        ),
        "derived_share": over(lambda r: len(r.given.derived), lambda r: len(r.given.numbers)),
    }
    for kind, (name, _) in _ERRORS.items():
        metrics[name] = over(partial(_error, kind=kind), partial(_has_error, kind=kind))
    by_unit: dict[str, dict[str, float]] = {}
    for article_id in sorted({row.question.article_id for row in rows}):
        mine = [row for row in rows if row.question.article_id == article_id]
        by_unit[article_id] = {
            "exact_match": sum(row.exact for row in mine) / len(mine),
            "right": float(sum(row.right for row in mine)),
            "wrong": float(sum(row.wrong for row in mine)),
            "missing": float(sum(row.missing for row in mine)),
            "numbers": float(sum(_n_gold(row.question) for row in mine)),
        }
    return EngineScores({n: m for n, m in metrics.items() if m is not None}, by_unit)


def _has_error(row: Scored, kind: Kind) -> bool:
    return row.question.kind == kind and row.effect_error is not None


def _error(row: Scored, kind: Kind) -> float:
    return (row.effect_error or 0.0) if row.question.kind == kind else 0.0


def _n_gold(question: NumbersQuestion) -> int:
    if question.failure is not None:
        return len(question.gold)
    return sum(value is not None for value in question.gold.values())


def _by_kind(answers: Mapping[str, Sequence[Scored]]) -> Table:
    rows = []
    for name, scored in answers.items():
        for kind in FIELDS:
            mine = [row for row in scored if row.question.kind == kind]
            if mine and name != "nothing":
                right, wrong = sum(r.right for r in mine), sum(r.wrong for r in mine)
                gold = sum(_n_gold(r.question) for r in mine)
                rows.append(
                    (
                        *(name, kind, str(len(mine)), str(gold)),
                        *(str(right), str(wrong), str(sum(r.missing for r in mine))),
                        f"{right / (right + wrong):.3f}" if right + wrong else "–",
                        f"{right / gold:.3f}" if gold else "–",
                        str(sum(r.exact for r in mine)),
                    )
                )
    columns = (
        *("engine", "kind", "questions", "numbers", "right", "wrong", "missing"),
        *("precision", "recall", "exact"),
    )
    return Table("Numbers by kind of result", columns, tuple(rows))


def _item(engine: str, row: Scored) -> dict[str, Any]:
    question = row.question
    return {
        "engine": engine,
        "question_id": question.question_id,
        "article_id": question.article_id,
        "intervention": question.intervention,
        "comparator": question.comparator,
        "outcome": question.outcome,
        "kind": question.kind,
        "gold": dict(question.gold),
        "given": {name: row.given.numbers.get(name) for name in FIELDS[question.kind]},
        "derived": sorted(row.given.derived),
        "flags": list(row.given.flags),
        "right": row.right,
        "wrong": row.wrong,
        "missing": row.missing,
        "unscored": row.unscored,
        "hallucinated": row.hallucinated,
        "exact": row.exact,
        "effect_error": row.effect_error,
        "failure": question.failure,
    }
