"""Closed questions over source studies, a part of `synthesis`: is the review's answer reached?

`offline` reads the direction of the effect in each source (a study the rules find unclear tells
nothing) and counts: the direction that most of the telling studies have; `uncertain effect` where
higher and lower stand even; `insufficient data` where none tells. It weighs no study and rates no
certainty. `majority` gives the most common answer of the data, `no_difference` always that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from eval.cost import taken_by
from eval.evidence_inference import article_document
from eval.formats.med_evidence import ANSWERS, CERTAINTIES, ClosedQuestion, SourceStudy, asked
from eval.metrics import grouped_samples
from eval.results import EngineScores, Metric, Table, TaskResult
from evidence.extraction.effect_direction import effect_direction

Progress = Callable[[str, int, int], None]
_ANSWER_OF = {"increased": "higher", "decreased": "lower", "no_difference": "no difference"}


def run_closed_questions(
    questions: Sequence[ClosedQuestion], seed: int, progress: Progress
) -> TaskResult:
    """Accuracy, macro-F1 and accuracy by certainty of each engine; intervals resample reviews.

    A line that cannot be read is a question that every engine answers wrongly.
    """
    readable = [q for q in questions if q.failure is None]
    common = Counter(q.answer for q in readable)
    most = min(ANSWERS, key=lambda answer: (-common[answer], ANSWERS.index(answer)))
    directions: dict[str, list[str]] = {}
    given: dict[str, dict[str, str]] = {"offline": {}, "majority": {}, "no_difference": {}}
    for number, question in enumerate(readable, 1):
        with taken_by("offline", question.question_id):
            told = [_told(question, study) for study in question.sources]
        directions[question.question_id] = told
        given["offline"][question.question_id] = counted(told)
        given["majority"][question.question_id] = most
        given["no_difference"][question.question_id] = "no difference"
        progress("closed questions", number, len(readable))
    unread = sum(asked(q.text) is None for q in readable)
    return TaskResult(
        task="synthesis",
        scores={engine: _scores(questions, answers, seed) for engine, answers in given.items()},
        items=[
            _item(engine, question, answers, directions)
            for engine, answers in given.items()
            for question in questions
        ],
        tables=(_table(readable, given["offline"]),),
        notes=(
            f"{len(questions)} questions on {len({q.review for q in questions})} reviews; "
            f"{unread} are not put as 'Is … higher, lower, or the same when comparing … to …' and "
            "get the answer insufficient data. The offline engine rates no certainty: what the "
            "reviews rated splits the accuracy, no more.",
        ),
    )


def counted(told: Sequence[str]) -> str:
    """The answer that the studies' directions come to."""
    votes = Counter(told)
    higher, lower, same = (votes[d] for d in ("increased", "decreased", "no_difference"))
    if not higher + lower + same:
        return "insufficient data"
    if higher == lower and higher >= same and higher:
        return "uncertain effect"
    best = max(("no_difference", "increased", "decreased"), key=lambda name: votes[name])
    return _ANSWER_OF[best]


def _told(question: ClosedQuestion, study: SourceStudy) -> str:
    compared = asked(question.text)
    if compared is None:
        return "unclear"
    text = f"TITLE:\n{study.title}\n\nABSTRACT:\n{study.text}"
    document = article_document(study.study_id, text)
    return effect_direction(
        document, compared.intervention, compared.comparator, compared.outcome
    ).direction


def _scores(
    questions: Sequence[ClosedQuestion], answers: Mapping[str, str], seed: int
) -> EngineScores:
    gold = [q.answer for q in questions]
    mine = [answers.get(q.question_id, "") if q.failure is None else "" for q in questions]
    right = np.array([a == g != "" for a, g in zip(mine, gold, strict=True)])
    samples = [np.array(s) for s in grouped_samples([q.review for q in questions], seed)]

    def metric(value: float, n: int, drawn: Sequence[float]) -> Metric:
        low, high = np.quantile(drawn, [0.025, 0.975])
        return Metric(value, n, (float(low), float(high)))

    metrics = {
        "answer_accuracy": metric(
            float(right.mean()), len(questions), [float(right[s].mean()) for s in samples]
        ),
        "answer_macro_f1": metric(
            macro_f1(gold, mine),
            len(questions),
            [macro_f1([gold[i] for i in s], [mine[i] for i in s]) for s in samples],
        ),
    }
    for certainty in CERTAINTIES:
        among = np.array([q.certainty == certainty for q in questions])
        if among.any():
            drawn = [float(right[s][among[s]].mean()) for s in samples if among[s].any()]
            name = f"answer_accuracy_{certainty.replace(' ', '_')}_certainty"
            metrics[name] = metric(float(right[among].mean()), int(among.sum()), drawn)
    units = {
        q.question_id: {"answer_accuracy": float(r)} for q, r in zip(questions, right, strict=True)
    }
    return EngineScores(metrics, units)


def macro_f1(gold: Sequence[str], given: Sequence[str]) -> float:
    """The mean F1 of the answers that occur in the gold; a broken line is an answer of its own."""
    figures = []
    for answer in dict.fromkeys(gold):
        n, n_given = gold.count(answer), given.count(answer)
        both = sum(g == a == answer for g, a in zip(gold, given, strict=True))
        figures.append(2 * both / (n + n_given) if answer else 0.0)
    return float(np.mean(figures))


def _item(
    engine: str,
    question: ClosedQuestion,
    answers: Mapping[str, str],
    directions: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    answer = answers.get(question.question_id) if question.failure is None else None
    told = directions.get(question.question_id, ()) if engine == "offline" else ()
    return {
        "engine": engine,
        "question_id": question.question_id,
        "review": question.review,
        "question": question.text,
        "certainty": question.certainty or None,
        "label": question.answer,
        "answer": answer,
        "right": answer is not None and answer == question.answer,
        "directions": dict(zip((s.study_id for s in question.sources), told, strict=False)),
        "failure": question.failure,
    }


def _table(questions: Sequence[ClosedQuestion], answers: Mapping[str, str]) -> Table:
    rows = []
    for label in ANSWERS:
        mine = Counter(answers[q.question_id] for q in questions if q.answer == label)
        rows.append((label, *(str(mine[answer]) for answer in ANSWERS)))
    return Table("The review's answer by that of offline", ("review", *ANSWERS), tuple(rows))
