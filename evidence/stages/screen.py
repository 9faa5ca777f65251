"""Screening: how a record stands to each eligibility criterion, with the sentence that decides.

The offline engine reads by rules. It knows what a criterion is about from its id (population,
intervention, comparator, outcome, design, publication) or from the designs its text names; its
terms come from the matching PICO element and from the criterion's own brackets. What the rules
cannot decide is `unclear` and stays with a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from evidence.eligibility import aggregate
from evidence.judgements import (
    MACHINE,
    CriterionVerdict,
    Phase,
    Provenance,
    ScreeningDecision,
)
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.reading.concepts import Concept, joined, read_concept
from evidence.reading.criterion_rules import (
    judge_comparator,
    judge_intervention,
    judge_outcome,
    judge_population,
)
from evidence.reading.matching import find_any
from evidence.reading.reader import Reader, Stand
from evidence.reading.study_design import (
    SECONDARY,
    DesignStatement,
    detect_designs,
    read_design_statement,
)
from indexers.records import Document

# A record that fails on whom or what was studied is further from the question than one that only
# lacks the comparator or whose design the abstract does not tell.
_WEIGHTS = {"population": 2.0, "intervention": 2.0}


class Screener(Protocol):
    """Judges a record against every criterion of a question."""

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document in one phase."""
        ...


class OfflineScreener:
    """Screens by explicit rules on terms, participants, arms and design."""

    def screen(
        self, question: ClinicalQuestion, document: Document, phase: Phase
    ) -> ScreeningDecision:
        """The decision on one document; `score` is in [0, 1], higher fits the question better."""
        reader = Reader(document, phase)
        verdicts = tuple(_verdict(question, c, reader) for c in question.criteria)
        fate, reason = aggregate(question.criteria, verdicts)
        return ScreeningDecision(
            record_id=document.record_id,
            phase=phase,
            verdict=fate,
            criteria=verdicts,
            exclusion_reason=reason,
            score=_score(question.criteria, verdicts),
            provenance=Provenance(
                actor=MACHINE, engine="offline", reason="rules on terms, arms and design"
            ),
        )


def _verdict(
    question: ClinicalQuestion, criterion: EligibilityCriterion, reader: Reader
) -> CriterionVerdict:
    brackets = " ".join(re.findall(r"\([^()]*\)", criterion.text))
    own = read_concept(brackets)
    pico = question.pico
    match criterion.criterion_id:
        case "population":
            text = pico.population or _without_lead(criterion.text)
            return judge_population(text, criterion, own, reader)
        case "intervention":
            concept = joined(_concept(pico.intervention, criterion), own)
            return judge_intervention(criterion, concept, reader)
        case "comparator":
            concept = joined(_concept(pico.comparator, criterion), own)
            intervention = read_concept(pico.intervention).terms
            return judge_comparator(criterion, concept, intervention, reader)
        case "outcome" | "outcomes":
            outcomes = [read_concept(outcome) for outcome in pico.outcomes]
            return judge_outcome(criterion, joined(*outcomes, own), reader)
    statement = read_design_statement(criterion.text)
    if _is_about_design(criterion, statement):
        return _design(criterion, statement, reader)
    return _mention(criterion, own, reader)


def _concept(element: str, criterion: EligibilityCriterion) -> Concept:
    return read_concept(element or _without_lead(criterion.text))


def _without_lead(text: str) -> str:
    """A criterion's text without the words that only introduce its terms."""
    return re.sub(
        r"^\s*(?:(?:the )?(?:participants|patients|population|intervention|comparator|at least one"
        r" arm|(?:an|one|another|the other) arm)\b[^.]{0,30}?\b(?:are|is|have|had|receives?|gets?)"
        r"\s+|versus\s+|compared with\s+)",
        "",
        text,
        flags=re.IGNORECASE,
    ).rstrip(".")


def _is_about_design(criterion: EligibilityCriterion, statement: DesignStatement) -> bool:
    named = {*statement.wanted, *statement.unwanted}
    by_id = re.search(r"design|publication|study_type|type", criterion.criterion_id)
    return bool(named) and (bool(by_id) or "randomised" in named or bool(named & SECONDARY))


def _design(
    criterion: EligibilityCriterion, statement: DesignStatement, reader: Reader
) -> CriterionVerdict:
    """Whether the document has a wanted design and none of the unwanted."""
    found = {finding.design: finding for finding in detect_designs(reader.document)}
    for design in statement.unwanted:
        if design in found:
            reason = f"{_readable(design)}: {found[design].cue}"
            return reader.verdict(criterion, "not_met", found[design], reason)
    wanted = statement.wanted
    # `a randomised trial of parallel or crossover design` asks for randomisation in any case.
    if "randomised" in wanted:
        wanted = ("randomised",)
    for design in wanted:
        if design in found:
            reason = f"{_readable(design)}: {found[design].cue}"
            return reader.verdict(criterion, "met", found[design], reason)
    own = [f for d, f in found.items() if d not in SECONDARY]
    if not wanted:
        # The text only says what the report is not: a trial with a design of its own fits.
        stand: Stand = "met" if "randomised" in found else "unclear"
        return reader.verdict(criterion, stand, found.get("randomised"), "a trial of its own")
    other = ("non_randomised", "observational", "qualitative", "review", "case_report")
    against = next((f for f in found.values() if f.design in other), None)
    if against is not None:
        reason = f"{_readable(against.design)}: {against.cue}"
        return reader.verdict(criterion, "not_met", against, reason)
    if "randomised" in found and set(wanted) <= SECONDARY:
        return reader.verdict(criterion, "not_met", found["randomised"], "a trial of its own")
    return reader.verdict(criterion, "unclear", own[0] if own else None, "no design is stated")


def _mention(criterion: EligibilityCriterion, own: Concept, reader: Reader) -> CriterionVerdict:
    """A criterion of another kind: met where its bracketed terms stand in the trial's own part.

    Absence decides nothing here, because the rules do not know what the criterion is about.
    """
    for sentence in reader.sentences:
        if sentence.of_this_trial and find_any(own.terms, sentence.text):
            return reader.verdict(criterion, "met", sentence, "named in the trial's own part")
    return reader.verdict(criterion, "unclear", None, "the rules cannot decide this criterion")


def _readable(design: str) -> str:
    return design.replace("_", " ")


def _score(criteria: Sequence[EligibilityCriterion], verdicts: Sequence[CriterionVerdict]) -> float:
    """The weighted share of criteria in the record's favour; `unclear` counts half."""
    favour = {"met": 1.0, "unclear": 0.5, "not_met": 0.0}
    total = earned = 0.0
    for criterion, verdict in zip(criteria, verdicts, strict=True):
        weight = _WEIGHTS.get(criterion.criterion_id, 1.0)
        share = favour[verdict.verdict]
        earned += weight * (share if criterion.kind == "inclusion" else 1.0 - share)
        total += weight
    return round(earned / total, 6) if total else 0.0
