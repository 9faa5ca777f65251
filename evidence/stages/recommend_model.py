"""Recommendations worded by a language model, from printed values and quotes, each one checked.

The model computes nothing and decides nothing that the numbers do not carry: sizes, certainty and
balance are judged by the rules, and a draft that is stronger than its certainty or points the other
way than the critical outcome is not used. It judges what guidelines tell on, and cites them. The
evidence summary and the plain-language summary are calls of their own (`recommend_summaries`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from evidence.decision.contexts import NO_CONTEXTS, DecisionContexts
from evidence.decision.document import Decision
from evidence.decision.ruling import opening_sentence
from evidence.decision.sentences import Names
from evidence.direction import AT_LEAST_LOW, critical_row, favours, has_effect
from evidence.errors import EngineError
from evidence.findings import (
    CitedValue,
    Conclusion,
    CriterionJudgement,
    DraftingCounts,
    EvidenceToDecision,
    Recommendation,
    Sentence,
    SummaryOfFindingsRow,
)
from evidence.findings_text import printed
from evidence.llm.faults import in_words
from evidence.llm.protocol import LanguageModel
from evidence.question import ClinicalQuestion
from evidence.stages.recommend import Drafted
from evidence.stages.recommend_answers import ConsiderationAnswer, RecommendationAnswer
from evidence.stages.recommend_checks import SentenceChecks, together
from evidence.stages.recommend_inputs import RecommendInputs
from evidence.stages.recommend_summaries import Summarised, summarised
from evidence.synthesis.thresholds import Thresholds

_LOG = logging.getLogger(__name__)


class ModelRecommender:
    """Drafts with a language model; a sentence that is not grounded is shown to it once, then left.

    Without a grounded sentence for its direction there is no draft: it abstains and says why.

    Args:
        model: Who writes.
        thresholds: As for `OfflineRecommender`.
    """

    def __init__(
        self, model: LanguageModel, thresholds: Mapping[str, Thresholds] | None = None
    ) -> None:
        self._model = model
        self._thresholds = thresholds or {}

    def recommend(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts = NO_CONTEXTS,
    ) -> Recommendation:
        """The draft, or an abstention; without any row it has no sentence."""
        return self.draft(question, rows, contexts).recommendation

    def draft(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts = NO_CONTEXTS,
    ) -> Drafted:
        """The same with what the model could not answer; the summaries come with both."""
        rules = Decision(question, rows, contexts, self._thresholds)
        if not rows:
            return Drafted(_abstention("there is no summary of findings", rows, rules))
        recommendation, unanswered = self._recommended(question, rows, contexts, rules)
        told = summarised(self._model, question, rows, recommendation)
        return Drafted(_counted(told), (*unanswered, *told.unanswered))

    def _recommended(
        self,
        question: ClinicalQuestion,
        rows: Sequence[SummaryOfFindingsRow],
        contexts: DecisionContexts,
        rules: Decision,
    ) -> tuple[Recommendation, tuple[str, ...]]:
        """The recommendation without summaries by the model, and what it could not answer."""
        inputs = RecommendInputs(question, rows, contexts, self._model.settings.prompt_limit_bytes)
        if inputs.room < 0:
            why = "the summary of findings does not fit the context window"
            return _abstention(why, rows, rules), ()
        try:
            answer = self._model.complete(inputs.prompt(), RecommendationAnswer).value
        except EngineError as error:
            _LOG.warning("recommend: %s", error)
            why = ": ".join(
                filter(None, ["the language model gave no usable answer", in_words(error)])
            )
            return _abstention(why, rows, rules), ("recommend",)
        objection = _objection(answer, critical_row(question, rows))
        if objection is not None:
            return _abstention(objection, rows, rules), ()
        checks = SentenceChecks(self._model, inputs.citable, inputs.prompt, "recommend")
        written = answer.every_sentence
        checked = checks.check(written, len(written) - len(answer.considerations))
        unanswered = ("recommend: repair",) if checked.repair_failed else ()
        opening = checked.sentences[0]
        if opening is None:
            why = "the language model's main sentence is not grounded"
            return _abstention(why, rows, rules, checked.counts), unanswered
        sentences = (opening, *checked.sentences[1:])
        return _drafted(question, rows, answer, sentences, rules, checked.counts), unanswered


def _counted(told: Summarised) -> Recommendation:
    """The draft with the counts of all that the model wrote."""
    draft = told.recommendation
    if draft.decision is None:
        return draft
    own = (draft.decision.drafting,) if draft.decision.drafting is not None else ()
    document = draft.decision.model_copy(update={"drafting": together((*own, *told.counts))})
    return draft.model_copy(update={"decision": document})


def _objection(answer: RecommendationAnswer, critical: SummaryOfFindingsRow | None) -> str | None:
    """What the numbers say against a draft; None when they say nothing."""
    if answer.direction == "none":
        return None
    if critical is None:
        return "no row is about the question's first outcome"
    if not has_effect(critical) or critical.certainty not in AT_LEAST_LOW:
        return "the critical outcome has no effect of at least low certainty"
    if answer.strength == "strong" and critical.certainty == "low":
        return "the language model drafted a strong recommendation on low certainty"
    side = favours(critical)
    if side is not None and (side == "intervention") != (answer.direction == "for"):
        return "the language model's draft points the other way than the critical outcome"
    return None


def _drafted(
    question: ClinicalQuestion,
    rows: Sequence[SummaryOfFindingsRow],
    answer: RecommendationAnswer,
    sentences: tuple[Sentence | None, ...],
    rules: Decision,
    counts: DraftingCounts,
) -> Recommendation:
    """The draft from the sentences that held, in the order of the answer."""
    n_others = len(answer.sentences)
    told = [sentence for sentence in sentences[: 1 + n_others] if sentence is not None]
    considered = list(zip(answer.considerations, sentences[1 + n_others :], strict=True))
    ruling = rules.ruling._replace(direction=answer.direction, strength=answer.strength)
    if answer.direction == "none" and rules.ruling.objections:
        by_rules = opening_sentence(rules.ruling, Names(question))
        told += [by_rules] if by_rules is not None else []
    document = _with_considerations(rules.document(ruling), considered)
    draft = Recommendation(
        direction=answer.direction,
        strength=answer.strength,
        sentences=tuple(told),
        cited_rows=(),
        abstained=answer.direction == "none",
        decision=document.model_copy(update={"drafting": counts}),
    )
    cited = {value.row_id for sentence in draft.every_sentence for value in sentence.computed}
    cited_rows = tuple(row.row_id for row in rows if row.row_id in cited)
    return draft.model_copy(update={"cited_rows": cited_rows})


def _with_considerations(
    document: EvidenceToDecision,
    considered: Sequence[tuple[ConsiderationAnswer, Sentence | None]],
) -> EvidenceToDecision:
    """The document with what the model said of guidelines, where it quotes them."""
    held: dict[str, list[tuple[str | None, Sentence]]] = {}
    for answer, sentence in considered:
        if sentence is not None:
            held.setdefault(answer.about, []).append((answer.judgement, sentence))
    return document.model_copy(
        update={
            "criteria": tuple(_considered(c, held.get(c.criterion, [])) for c in document.criteria),
            "conclusions": tuple(_told(c, held.get(c.part, [])) for c in document.conclusions),
        }
    )


def _considered(
    judged: CriterionJudgement, held: Sequence[tuple[str | None, Sentence]]
) -> CriterionJudgement:
    """A criterion with the model's sentences; it is judged where they judge it alike."""
    if not held:
        return judged
    answers = {answer for answer, _ in held if answer is not None}
    return CriterionJudgement(
        criterion=judged.criterion,
        judgement=answers.pop() if len(answers) == 1 else None,
        judged_by="language_model",
        evidence=judged.evidence,
        considerations=tuple(sentence for _, sentence in held),
    )


def _told(conclusion: Conclusion, held: Sequence[tuple[str | None, Sentence]]) -> Conclusion:
    if not held:
        return conclusion
    sentences = (*conclusion.sentences, *(sentence for _, sentence in held))
    return conclusion.model_copy(update={"sentences": sentences, "note": ""})


def _abstention(
    why: str,
    rows: Sequence[SummaryOfFindingsRow],
    rules: Decision,
    counts: DraftingCounts | None = None,
) -> Recommendation:
    """No recommendation, and why; the sentence rests on the first row, as every sentence must."""
    sentences: tuple[Sentence, ...] = ()
    if rows:
        first = rows[0]
        counted, outcome = printed(first, "k_studies"), printed(first, "outcome")
        cited = (
            CitedValue(text=counted, row_id=first.row_id, field="k_studies"),
            CitedValue(text=outcome, row_id=first.row_id, field="outcome"),
        )
        text = f"No recommendation is drafted: {why}. On {outcome} there is evidence of {counted}."
        sentences = (Sentence(text=text, computed=cited),)
    document = rules.document(rules.ruling._replace(direction="none", strength="none"))
    return Recommendation(
        direction="none",
        strength="none",
        sentences=sentences,
        cited_rows=tuple(row.row_id for row in rows),
        abstained=True,
        decision=document.model_copy(update={"drafting": counts}),
    )
