"""The rules' verdict on every criterion of a question.

The rules know what a criterion is about from its id (population, intervention, comparator, outcome,
design, publication) or from the designs its text names; its terms come from the matching PICO
element and from the criterion's own brackets. What they cannot decide is `unclear`.
"""

from __future__ import annotations

import re

from evidence.judgements import CriterionVerdict
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.reading.concepts import Concept, joined, read_concept
from evidence.reading.criterion_rules import (
    judge_comparator,
    judge_intervention,
    judge_outcome,
    judge_population,
)
from evidence.reading.design_cues import SECONDARY, Design
from evidence.reading.matching import find_any
from evidence.reading.reader import Reader, Stand
from evidence.reading.study_design import DesignFinding, DesignStatement, read_design_statement

# Reports of these kinds belong to trials that may well be eligible: an abstract's turn of phrase is
# not enough to lose one.
_OF_A_TRIAL: frozenset[Design] = frozenset(("secondary_analysis", "pooled_analysis"))


def offline_verdicts(question: ClinicalQuestion, reader: Reader) -> tuple[CriterionVerdict, ...]:
    """The rules' verdicts on every criterion of a question, in its order."""
    # Whether the intervention is named tells how much an unnamed population means.
    first = {
        place: _verdict(question, criterion, reader)
        for place, criterion in enumerate(question.criteria)
        if criterion.criterion_id == "intervention"
    }
    given = any(v.verdict != "not_met" and v.quotes for v in first.values())
    return tuple(
        first.get(place) or _verdict(question, criterion, reader, given=given)
        for place, criterion in enumerate(question.criteria)
    )


def _verdict(
    question: ClinicalQuestion,
    criterion: EligibilityCriterion,
    reader: Reader,
    *,
    given: bool = False,
) -> CriterionVerdict:
    brackets = " ".join(re.findall(r"\([^()]*\)", criterion.text))
    own = read_concept(brackets)
    pico = question.pico
    match criterion.criterion_id:
        case "population":
            text = pico.population or _without_lead(criterion.text)
            return judge_population(text, criterion, own, reader, given=given)
        case "intervention":
            text = pico.intervention or _without_lead(criterion.text)
            return judge_intervention(text, criterion, joined(read_concept(text), own), reader)
        case "comparator":
            text = pico.comparator or _without_lead(criterion.text)
            concept = joined(read_concept(text), own)
            intervention = read_concept(pico.intervention).terms
            return judge_comparator(text, criterion, concept, intervention, reader)
        case "outcome" | "outcomes":
            outcomes = [read_concept(outcome) for outcome in pico.outcomes]
            return judge_outcome(criterion, joined(*outcomes, own), reader)
    statement = read_design_statement(criterion.text)
    if _is_about_design(criterion, statement):
        return _design(criterion, statement, reader)
    return _mention(criterion, own, reader)


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
    found = {finding.design: finding for finding in reader.designs}
    for design in statement.unwanted:
        if design in found:
            if design in _OF_A_TRIAL and not _is_sure(found[design], reader):
                reason = f"may be a {_readable(design)}: {found[design].cue}"
                return reader.verdict(criterion, "unclear", found[design], reason)
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
        # Reports of a trial's cohort call themselves observational, too; a criterion that does not
        # name such studies needs it in the title.
        told = against.design != "observational" or _is_sure(against, reader)
        reason = f"{_readable(against.design)}: {against.cue}"
        return reader.verdict(criterion, "not_met" if told else "unclear", against, reason)
    if "randomised" in found and set(wanted) <= SECONDARY:
        return reader.verdict(criterion, "not_met", found["randomised"], "a trial of its own")
    return reader.verdict(criterion, "unclear", own[0] if own else None, "no design is stated")


def _is_sure(finding: DesignFinding, reader: Reader) -> bool:
    """Whether a design is told by a title, or by a text with room to tell it."""
    in_title = reader.title is not None and finding.start == reader.title.start
    return in_title or (reader.full_text and reader.has_methods)


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
