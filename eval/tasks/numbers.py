"""Numbers of results, a part of `extraction`: each number a question asks for, right or wrong.

A question is an intervention, a comparator and an outcome of one article, as the review's own stage
is asked; of what the stage extracts, the result that a synthesis would take is scored, of the
kind (counts, means, effect) that the question asks for. Beside the program stand rules that go by
position alone (`eval.baselines.table_rows`). `eval.number_answers`
says when a number is right. Where the extractor notes what it chose among, its claims of how sure
each candidate is stand in the items too (`eval.sureness_claims`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from eval.baselines.table_rows import readable_rows, row_rules
from eval.cost import taken_by
from eval.metrics import grouped_samples
from eval.number_answers import ERRORS, NOTHING, Given, Scored, given_by, n_gold, score
from eval.numeric_data import FIELDS, Kind, NumbersData, NumbersQuestion
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.sureness_claims import NotingExtractor, sureness_claims
from evidence.errors import EvidenceError
from evidence.extraction.proposals import is_proposal
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import Extractor
from evidence.synthesis.selection import preferred_result
from indexers.records import Document

Progress = Callable[[str, int, int], None]


def run_numbers(
    data: NumbersData, extractors: Mapping[str, Extractor], seed: int, progress: Progress
) -> TaskResult:
    """Precision, recall, exact match, hallucination and the errors of the effects.

    Each extractor is an engine; beside it `NAME:unflagged` keeps only what no flag holds back.
    `nothing` gives no number, and so is right where the report has none. An article that cannot
    be read, or a question on which the extractor fails, scores as if nothing were found, and never
    as an exact match; an entry of the data that cannot be read, as if four numbers were there and
    none was found. Intervals resample articles.
    """
    answers: dict[str, list[Scored]] = {}
    claims: list[dict[str, Any]] = []
    for name, extractor in extractors.items():
        for number, question in enumerate(data.questions, 1):
            document = data.documents.get(question.article_id)
            with taken_by(name, question.question_id):
                given = _unread(data, question)
                if document is not None:
                    given = ask(extractor, question, document)
            if document is not None and isinstance(extractor, NotingExtractor):
                claims += sureness_claims(name, question, document, extractor.noted)
            kept = Given(failure=given.failure) if given.flags else given
            for engine, answer in ((name, given), (f"{name}:unflagged", kept)):
                answers.setdefault(engine, []).append(score(question, answer, document))
            progress(f"numbers ({name})", number, len(data.questions))
    answers |= _by_position(data, seed)
    answers["nothing"] = [score(question, NOTHING, None) for question in data.questions]
    n_numbers = sum(n_gold(q) for q in data.questions)
    return TaskResult(
        task="extraction",
        scores={name: _scores(rows, seed) for name, rows in answers.items()},
        items=[*(_item(name, row) for name, rows in answers.items() for row in rows), *claims],
        tables=(_by_kind(answers),),
        finding=_all_failed(answers, data.documents),
        notes=(
            f"{len(data.questions)} questions with {n_numbers} numbers from "
            f"{len({q.article_id for q in data.questions})} articles. Precision is over the "
            "numbers given, recall over the numbers of the readers; exact match asks every number "
            "of a question to agree, the missing ones too. Errors of effects are over the "
            "questions where both sides have all numbers. Intervals resample articles.",
        ),
    )


def _all_failed(
    answers: Mapping[str, Sequence[Scored]], documents: Mapping[str, Document]
) -> str | None:
    """A line when an engine could answer no question on an article that is there."""
    failed = []
    for name, rows in answers.items():
        asked = [row.given for row in rows if row.question.article_id in documents]
        if asked and all(given.failure and not given.numbers for given in asked):
            failed.append(f"{name} could answer no question ({asked[0].failure})")
    return "; ".join(failed) or None


def _by_position(data: NumbersData, seed: int) -> dict[str, list[Scored]]:
    """The rules that know tables and no words of medicine; without a readable row, nothing."""
    answers: dict[str, list[Scored]] = {}
    for name, choose in row_rules(seed).items():
        for question in data.questions:
            document = data.documents.get(question.article_id)
            with taken_by(name, question.question_id):
                rows = readable_rows(document, question.kind) if document is not None else []
                given = NOTHING if document is not None else _unread(data, question)
                if rows:
                    given = Given(choose(rows, question).numbers)
            answers.setdefault(name, []).append(score(question, given, document))
    return answers


def _unread(data: NumbersData, question: NumbersQuestion) -> Given:
    """The answer where there is no article to read."""
    return Given(failure=data.problems.get(question.article_id, "the article is not there"))


def ask(extractor: Extractor, question: NumbersQuestion, document: Document) -> Given:
    """The numbers of the one result that a synthesis would take, and a call that failed."""
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
        extraction = extractor.extract(asked, document)
    except EvidenceError as error:
        return Given(failure=str(error))
    # What is only proposed is not given.
    found = [o for o in extraction.outcomes if o.data.kind == question.kind and not is_proposal(o)]
    best = preferred_result(question.outcome, question.comparator, found)
    told = extraction.characteristics.provenance
    failure = told.reason if question.outcome in told.unanswered else None
    return replace(given_by(best) if best is not None else NOTHING, failure=failure)


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
        "recall": over(lambda r: r.right, lambda r: n_gold(r.question)),
        "exact_match": over(lambda r: r.exact, lambda _: 1),
        "partial_match": over(lambda r: r.right > 0, lambda r: n_gold(r.question) > 0),
        "missing_rate": over(lambda r: r.missing, lambda r: n_gold(r.question)),
        "hallucination_rate": over(
            lambda r: r.hallucinated, lambda r: len(r.given.numbers) - len(r.given.derived)
        ),
        "derived_share": over(lambda r: len(r.given.derived), lambda r: len(r.given.numbers)),
    }
    for kind, (name, _) in ERRORS.items():
        metrics[name] = over(partial(_error, kind=kind), partial(_has_error, kind=kind))
    by_unit: dict[str, dict[str, float]] = {}
    for article_id in sorted({row.question.article_id for row in rows}):
        mine = [row for row in rows if row.question.article_id == article_id]
        by_unit[article_id] = {
            "exact_match": sum(row.exact for row in mine) / len(mine),
            "right": float(sum(row.right for row in mine)),
            "wrong": float(sum(row.wrong for row in mine)),
            "missing": float(sum(row.missing for row in mine)),
            "numbers": float(sum(n_gold(row.question) for row in mine)),
        }
    return EngineScores({n: m for n, m in metrics.items() if m is not None}, by_unit)


def _has_error(row: Scored, kind: Kind) -> bool:
    return row.question.kind == kind and row.effect_error is not None


def _error(row: Scored, kind: Kind) -> float:
    return (row.effect_error or 0.0) if row.question.kind == kind else 0.0


def _by_kind(answers: Mapping[str, Sequence[Scored]]) -> Table:
    rows = []
    for name, scored in answers.items():
        for kind in FIELDS:
            mine = [row for row in scored if row.question.kind == kind]
            if mine and name != "nothing":
                right, wrong = sum(r.right for r in mine), sum(r.wrong for r in mine)
                gold = sum(n_gold(r.question) for r in mine)
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
        "failure": question.failure or row.given.failure,
    }
