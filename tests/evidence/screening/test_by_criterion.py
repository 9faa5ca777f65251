"""A person's answers criterion by criterion: their quotes, and the verdict that they come to."""

from __future__ import annotations

import pytest

from evidence.judgements import CriterionVerdict, Provenance, ScreeningDecision
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.screening.by_criterion import (
    Answer,
    QuoteError,
    criterion_verdicts,
    decision_by_criteria,
    standing_answers,
)
from indexers.records import Record, abstract_document

QUESTION = ClinicalQuestion(
    text="does solvane help?",
    pico=Pico(population="adults", intervention="solvane", comparator="placebo", outcomes=("x",)),
    criteria=(
        EligibilityCriterion(criterion_id="population", kind="inclusion", text="Adults"),
        EligibilityCriterion(criterion_id="children", kind="exclusion", text="Children only"),
    ),
)
TEXT = "We randomly assigned adults to solvane. No child took part."
DOCUMENT = abstract_document(Record(record_id="r", source="s", title="Solvane", abstract=TEXT))


@pytest.mark.parametrize(
    ("population", "children", "verdict", "why"),
    [
        ("met", "not_met", "include", None),
        ("met", "unclear", "unclear", None),
        ("unclear", "not_met", "unclear", None),
        ("not_met", "not_met", "exclude", "Wrong population"),
        ("unclear", "met", "exclude", "children only"),
    ],
)
def test_the_verdict_follows_from_the_answers(
    population: str, children: str, verdict: str, why: str | None
) -> None:
    answers = {"population": Answer(population), "children": Answer(children)}  # type: ignore[arg-type]
    criteria = criterion_verdicts(QUESTION, DOCUMENT, answers)
    decision = decision_by_criteria(QUESTION, "r", "title_abstract", criteria, " Ada  Okoro ")
    assert [c.verdict for c in decision.criteria] == [population, children]
    assert decision.verdict == verdict
    assert (why or "") in (decision.exclusion_reason or "")
    assert (decision.exclusion_reason is None) is (why is None)
    assert (decision.provenance.actor, decision.provenance.engine) == ("Ada Okoro", "person")


def test_a_quote_is_the_documents_own_words_and_its_place() -> None:
    answers = {"population": Answer("met", "randomly  assigned\nadults")}
    first, other = criterion_verdicts(QUESTION, DOCUMENT, answers)
    (quote,) = first.quotes
    assert DOCUMENT.text[quote.start : quote.end] == quote.text == "randomly assigned adults"
    assert (other.verdict, other.quotes) == ("unclear", ())


def test_words_that_do_not_stand_in_the_text_are_no_quote() -> None:
    with pytest.raises(QuoteError, match=r"population: 'assigned children' does not stand"):
        criterion_verdicts(QUESTION, DOCUMENT, {"population": Answer("met", "assigned children")})


def test_who_leaves_the_words_keeps_all_quotes_and_who_clears_them_none() -> None:
    first = DOCUMENT.quote(9, 20)
    standing = (
        CriterionVerdict(
            criterion_id="population", verdict="met", quotes=(first, DOCUMENT.quote(21, 29))
        ),
    )
    kept = criterion_verdicts(
        QUESTION, DOCUMENT, {"population": Answer("not_met", first.text)}, standing
    )
    assert (kept[0].verdict, kept[0].quotes) == ("not_met", standing[0].quotes)
    cleared = criterion_verdicts(QUESTION, DOCUMENT, {"population": Answer("met", " ")}, standing)
    assert cleared[0].quotes == ()


def test_answers_start_from_ones_own_then_from_the_engines_of_the_phase() -> None:
    def said(actor: str, criterion: str, phase: str = "title_abstract") -> ScreeningDecision:
        return ScreeningDecision(
            record_id="r",
            phase=phase,
            verdict="unclear",
            criteria=(CriterionVerdict(criterion_id=criterion, verdict="unclear"),),
            provenance=Provenance(actor=actor, engine="x"),
        )

    def of(*decisions: ScreeningDecision) -> list[str]:
        found = standing_answers(decisions, "title_abstract", "ada  OKORO")
        return [verdict.criterion_id for verdict in found]

    engine, ada, ben = said("machine", "e"), said("Ada Okoro", "a"), said("Ben", "b")
    assert of(ada, engine, ben) == ["a"]
    assert of(ben, engine) == ["e"]
    assert of(ben, said("machine", "f", "full_text")) == []
    assert of(ada.model_copy(update={"criteria": ()}), engine) == ["e"]
