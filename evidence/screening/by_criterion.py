"""A person's answers criterion by criterion, and the verdict on the record that follows from them.

The person answers, the rule for eligibility decides (`evidence.eligibility.aggregate`), as it does
for an engine's answers. A quote is optional: a person may know from the whole text what no single
sentence says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from evidence.duplicates.answers import signed
from evidence.eligibility import aggregate
from evidence.errors import EvidenceError
from evidence.judgements import CriterionVerdict, Phase, ScreeningDecision
from evidence.question import ClinicalQuestion
from evidence.quoting import locate
from evidence.screening.verdicts import person_key
from indexers.records import Document, Quote

Stand = Literal["met", "unclear", "not_met"]
STANDS: tuple[Stand, ...] = ("met", "unclear", "not_met")


class QuoteError(EvidenceError):
    """Words that are given as a quote do not stand in the text."""


class Answer(NamedTuple):
    """How the record stands to one criterion, and the words that tell it; empty for none."""

    stand: Stand
    words: str = ""


def standing_answers(
    decisions: Sequence[ScreeningDecision], phase: Phase, viewer: str
) -> tuple[CriterionVerdict, ...]:
    """What a person's answers start from: the own last ones in this phase, else the engine's.

    Args:
        decisions: Those that the person may see, in the order of the log.
        phase: In which the record is judged.
        viewer: The person's name; empty while it is not known.
    """
    given = [each for each in decisions if each.phase == phase and each.criteria]
    name = person_key(viewer)
    own = (d for d in given if d.provenance.by_person and person_key(d.provenance.actor) == name)
    of_engine = (d for d in given if not d.provenance.by_person)
    last = (*tuple(of_engine)[-1:], *tuple(own)[-1:])
    return last[-1].criteria if last else ()


def criterion_verdicts(
    question: ClinicalQuestion,
    document: Document,
    answers: Mapping[str, Answer],
    standing: Iterable[CriterionVerdict] = (),
) -> tuple[CriterionVerdict, ...]:
    """A person's answers to every criterion of a question, with their quotes.

    Args:
        question: Whose criteria are answered; one without an answer is unclear.
        document: The text of the record that is read, where quotes have to stand.
        answers: By criterion_id.
        standing: The answers that were shown before: whoever changes no words keeps their quotes.

    Raises:
        QuoteError: Words that are given as a quote do not stand in the document.
    """
    before = {verdict.criterion_id: verdict for verdict in standing}
    return tuple(
        _verdict(criterion.criterion_id, answers, before.get(criterion.criterion_id), document)
        for criterion in question.criteria
    )


def decision_by_criteria(
    question: ClinicalQuestion,
    record_id: str,
    phase: Phase,
    criteria: tuple[CriterionVerdict, ...],
    person: str,
) -> ScreeningDecision:
    """The reviewer's decision that follows from answers to the criteria.

    Raises:
        ProjectError: The name is empty or taken by machines.
    """
    verdict, why = aggregate(question.criteria, criteria)
    return ScreeningDecision(
        record_id=record_id,
        phase=phase,
        verdict=verdict,
        criteria=criteria,
        exclusion_reason=why,
        provenance=signed(person, "answered criterion by criterion"),
    )


def _verdict(
    criterion_id: str,
    answers: Mapping[str, Answer],
    before: CriterionVerdict | None,
    document: Document,
) -> CriterionVerdict:
    stand, words = answers.get(criterion_id, Answer("unclear"))
    quotes = _quotes(criterion_id, words.strip(), before, document)
    return CriterionVerdict(criterion_id=criterion_id, verdict=stand, quotes=quotes)


def _quotes(
    criterion_id: str, words: str, before: CriterionVerdict | None, document: Document
) -> tuple[Quote, ...]:
    if not words:
        return ()
    if before is not None and words == first_words(before, document):
        return before.quotes
    quote = locate(words, document)
    if quote is None:
        raise QuoteError(
            f"{criterion_id}: {words!r} does not stand in the text; copy the words as they are "
            "printed, or leave the quote empty"
        )
    return (quote,)


def first_words(verdict: CriterionVerdict, document: Document) -> str:
    """The words of a verdict's first quote, if all its quotes are of this text; else none."""
    own = all(quote.document_digest == document.document_digest for quote in verdict.quotes)
    return " ".join(verdict.quotes[0].text.split()) if verdict.quotes and own else ""
