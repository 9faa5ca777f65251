"""Direction of effect, a part of `extraction`: which way an outcome went, and the sentence.

Scored on prompts of Evidence Inference whose article is there. An abstention is a wrong answer.
Beside the program stand the majority class and BM25 with a rule, in the same run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from eval.cost import taken_by
from eval.evidence_inference import DirectionData, DirectionPrompt
from eval.metrics import grouped_samples
from eval.results import EngineScores, Metric, TaskResult
from evidence.extraction.direction_cues import cues
from evidence.extraction.direction_heads import LABELS
from evidence.extraction.direction_ranking import bm25
from evidence.extraction.direction_text import read_article, roles_of
from evidence.extraction.effect_direction import (
    UNCLEAR,
    EffectDirection,
    direction_in_sentences,
    effect_direction,
    overlaps,
)
from evidence.extraction.wording import Span
from evidence.findings import OutcomeDirection
from indexers.records import Document

Progress = Callable[[str, int, int], None]
RULE_SENTENCES = 3
_RECALLS = (1, 3)


class Answer(NamedTuple):
    """A prompt's answer by one engine."""

    prompt: DirectionPrompt
    found: EffectDirection


def run_direction(data: DirectionData, seed: int, progress: Progress) -> TaskResult:
    """Macro-F1, accuracy, figures by class and recall of the evidence, for each engine.

    Intervals resample articles, since prompts of one article are alike.

    Engines: `offline` from the whole article; `offline:gold_sentence` given the annotated
    evidence; `bm25_rule`; `majority`, the most frequent label of the prompts that are scored. What
    the data have broken is a prompt of that label to which every engine's answer is wrong.
    """
    most = Counter(p.label for p in data.prompts).most_common(1)[0][0]
    answers: dict[str, list[Answer]] = {
        name: [] for name in ("offline", "offline:gold_sentence", "bm25_rule", "majority")
    }
    for number, p in enumerate(data.prompts, 1):
        document = data.documents[p.article_id]
        asked = (p.intervention, p.comparator, p.outcome)
        with taken_by("offline", p.prompt_id):
            answers["offline"].append(Answer(p, effect_direction(document, *asked)))
        with taken_by("offline:gold_sentence", p.prompt_id):
            told = direction_in_sentences(document, *asked, p.evidence)
        answers["offline:gold_sentence"].append(Answer(p, told))
        with taken_by("bm25_rule", p.prompt_id):
            answers["bm25_rule"].append(Answer(p, bm25_rule(document, *asked)))
        answers["majority"].append(Answer(p, EffectDirection(most, (), (), {})))
        progress("direction", number, len(data.prompts))
    for place in data.failures:
        for given in answers.values():
            given.append(Answer(DirectionPrompt(place, place, "", "", "", most, ()), UNCLEAR))
    n_articles = len({p.article_id for p in data.prompts})
    return TaskResult(
        task="extraction",
        scores={name: _scores(name, given, seed) for name, given in answers.items()},
        items=[
            _item(name, answer) | {"failure": data.failures.get(answer.prompt.prompt_id)}
            for name, given in answers.items()
            for answer in given
        ],
        notes=(
            f"{data.split}: {data.n_prompts} prompts, {len(data.prompts)} of them with an article "
            f"and a valid judgement, from {n_articles} articles ({len(data.documents)} of the "
            f"split's {data.n_articles} are there). Intervals resample articles. An abstention "
            "counts as wrong.",
        ),
    )


def bm25_rule(
    document: Document, intervention: str, comparator: str, outcome: str
) -> EffectDirection:
    """The direction that signs alone tell in the sentences that BM25 puts first; no learning.

    No difference where a phrase or a p-value says so, else the first sign of: comparing words,
    judging words, the two values, a ratio, a difference; no difference where there is none.
    """
    article = read_article(document)
    if not article.sentences:
        return UNCLEAR
    roles = roles_of(article, intervention, comparator, outcome)
    order = np.argsort(-bm25(article, roles.outcome), kind="stable")[:RULE_SENTENCES]
    best = [article.sentences[int(row)] for row in order]
    quotes = tuple(document.quote(s.span.start, s.span.end) for s in best)
    for sentence in best:
        read = cues(sentence, roles, outcome)
        direction = _by_rule(read)
        if direction is not None:
            return EffectDirection(direction, quotes, (), {})
    return EffectDirection("no_difference", quotes, (), {})


def _by_rule(read: dict[str, float]) -> OutcomeDirection | None:
    silent = read["c_p_not_significant"] and not read["c_p_significant"]
    if read["c_no_difference"] or silent:
        return "no_difference"
    for name in ("c_moved_any", "c_judged", "c_judged_free", "c_values", "c_ratio", "c_difference"):
        if read[name]:
            return "increased" if read[name] > 0 else "decreased"
    return None


def macro_f1(labels: Sequence[str], given: Sequence[str]) -> float:
    """The mean F1 of the classes that occur among the labels."""
    return float(np.mean([f1 for _, _, f1 in by_class(labels, given).values()]))


def by_class(labels: Sequence[str], given: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """Precision, recall and F1 of each class that occurs among the labels; 0 where undefined."""
    found: dict[str, tuple[float, float, float]] = {}
    for name in LABELS:
        n = sum(label == name for label in labels)
        if not n:
            continue
        n_given = sum(g == name for g in given)
        right = sum(g == name == label for label, g in zip(labels, given, strict=True))
        precision = right / n_given if n_given else 0.0
        found[name] = (precision, right / n, 2 * right / (n + n_given))
    return found


def evidence_found(answer: Answer, k: int) -> bool:
    """Whether one of the first k quotes overlaps with a place of the evidence."""
    return any(
        overlaps(Span(q.start, q.end), place)
        for q in answer.found.quotes[:k]
        for place in answer.prompt.evidence
    )


def _scores(name: str, answers: Sequence[Answer], seed: int) -> EngineScores:
    labels: list[str] = [a.prompt.label for a in answers]
    given: list[str] = [a.found.direction for a in answers]
    right = [float(g == label) for g, label in zip(given, labels, strict=True)]
    samples = grouped_samples([a.prompt.article_id for a in answers], seed)

    def mean(values: Sequence[float]) -> Metric:
        array = np.asarray(values)
        return _metric(float(array.mean()), len(array), [float(array[s].mean()) for s in samples])

    macro = [macro_f1([labels[i] for i in s], [given[i] for i in s]) for s in samples]
    metrics = {
        "direction_macro_f1": _metric(macro_f1(labels, given), len(labels), macro),
        "direction_accuracy": mean(right),
        "direction_abstained": mean([float(g == "unclear") for g in given]),
    }
    for label, figures in by_class(labels, given).items():
        again = [
            by_class([labels[i] for i in s], [given[i] for i in s]).get(label) for s in samples
        ]
        n = labels.count(label)
        for place, figure in enumerate(("precision", "recall", "f1")):
            drawn = [row[place] for row in again if row is not None]
            metrics[f"direction_{figure}_{label}"] = _metric(figures[place], n, drawn)
    if name in ("offline", "bm25_rule"):
        for k in _RECALLS:
            hits = [float(evidence_found(a, k)) for a in answers]
            metrics[f"evidence_recall_at_{k}"] = mean(hits)
    by_unit = {
        a.prompt.prompt_id: {"direction_accuracy": r} for a, r in zip(answers, right, strict=True)
    }
    return EngineScores(metrics, by_unit)


def _metric(value: float, n: int, drawn: Sequence[float]) -> Metric:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Metric(value, n, (float(low), float(high)))


def _item(engine: str, answer: Answer) -> dict[str, Any]:
    return {
        "engine": engine,
        "prompt_id": answer.prompt.prompt_id,
        "article_id": answer.prompt.article_id,
        "label": answer.prompt.label,
        "direction": answer.found.direction,
        "right": answer.found.direction == answer.prompt.label,
        "scores": answer.found.scores,
        "evidence_found_at_1": evidence_found(answer, 1),
        "evidence_found_at_3": evidence_found(answer, 3),
        "quotes": [[q.start, q.end] for q in answer.found.quotes[:3]],
    }
