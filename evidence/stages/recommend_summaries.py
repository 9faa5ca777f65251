"""The two summaries of a recommendation by a language model, checked as its sentences are.

Where the model gives no usable answer, or none of its sentences holds, the template's stay.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from evidence.decision.versions import headline
from evidence.errors import EngineError
from evidence.findings import Conclusion, DraftingCounts, Recommendation, SummaryOfFindingsRow
from evidence.llm.faults import in_words
from evidence.llm.protocol import LanguageModel
from evidence.question import ClinicalQuestion
from evidence.stages.recommend_answers import SentenceAnswer
from evidence.stages.recommend_checks import SentenceChecks
from evidence.stages.recommend_inputs import SummaryInputs
from indexers.records import Frozen

BY_THE_MODEL = "Drafted by the language model; each sentence stood the checks."
NO_ANSWER = "By rules: the language model gave no usable answer"
NONE_HELD = "By rules: no sentence of the language model stood the checks."
NO_ROOM = "By rules: the summary of findings does not fit the context window."
PROMPTS = {
    "evidence_summary": "evidence_summary",
    "plain_language": "plain_language_summary",
}
"""The prompt of each summary, by its part of the document."""
_LOG = logging.getLogger(__name__)


class SummaryAnswer(Frozen):
    """The sentences of a summary."""

    sentences: tuple[SentenceAnswer, ...]


class Summarised(NamedTuple):
    """A document with the model's summaries, how they stood the checks, and what failed."""

    recommendation: Recommendation
    counts: tuple[DraftingCounts, ...]
    unanswered: tuple[str, ...]


def summarised(
    model: LanguageModel,
    question: ClinicalQuestion,
    rows: Sequence[SummaryOfFindingsRow],
    draft: Recommendation,
) -> Summarised:
    """The draft with both summaries by the model, where it wrote what holds.

    Args:
        model: Is asked once a summary, and once more for what does not hold.
        question: The clinical question.
        rows: The summary of findings; without any nothing is asked.
        draft: With its decision document, whose summaries are the template's.
    """
    if draft.decision is None or not rows:
        return Summarised(draft, (), ())
    counts: list[DraftingCounts] = []
    unanswered: list[str] = []
    conclusions = []
    for conclusion in draft.decision.conclusions:
        if conclusion.part in PROMPTS:
            inputs = SummaryInputs(
                question, rows, model.settings.prompt_limit_bytes, *_prompt(conclusion, draft)
            )
            conclusion, counted, failed = _summary(model, conclusion, inputs)
            counts += counted
            unanswered += failed
        conclusions.append(conclusion)
    document = draft.decision.model_copy(update={"conclusions": tuple(conclusions)})
    return Summarised(
        draft.model_copy(update={"decision": document}), tuple(counts), tuple(unanswered)
    )


def _prompt(conclusion: Conclusion, draft: Recommendation) -> tuple[str, dict[str, str]]:
    """The prompt of a summary, and what it needs besides rows and quotes."""
    plain = conclusion.part == "plain_language"
    return PROMPTS[conclusion.part], {"verdict": headline(draft)} if plain else {}


def _summary(
    model: LanguageModel, by_rules: Conclusion, inputs: SummaryInputs
) -> tuple[Conclusion, list[DraftingCounts], list[str]]:
    """One summary with its counts, and its name where a call failed."""
    name = inputs.prompt_name
    if inputs.room < 0:
        return by_rules.model_copy(update={"note": NO_ROOM}), [], []
    try:
        written = model.complete(inputs.prompt(), SummaryAnswer).value.sentences
    except EngineError as error:
        _LOG.warning("%s: %s", name, error)
        why = ": ".join(filter(None, [NO_ANSWER, in_words(error)]))
        return by_rules.model_copy(update={"note": f"{why}."}), [], [name]
    checks = SentenceChecks(model, inputs.citable, inputs.prompt, name)
    checked = checks.check(written, of_guidelines_from=len(written))
    failed = [f"{name}: repair"] if checked.repair_failed else []
    held = tuple(sentence for sentence in checked.sentences if sentence is not None)
    if not held:
        return by_rules.model_copy(update={"note": NONE_HELD}), [checked.counts], failed
    told = by_rules.model_copy(update={"sentences": held, "note": BY_THE_MODEL})
    return told, [checked.counts], failed
