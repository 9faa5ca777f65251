"""Extraction: what a trial's report says of its arms, its conduct and the question's outcomes."""

from __future__ import annotations

import re
from typing import Protocol

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arms import TrialArm, as_arm, bare_role, find_arms, header_n, mentions
from evidence.extraction.characteristics import characteristics
from evidence.extraction.effects import effect_findings
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.ranked_results import ranked_findings
from evidence.extraction.results import Finding, as_outcome, settle
from evidence.extraction.sentence_results import sentence_findings
from evidence.extraction.sentences import result_sentences
from evidence.extraction.table_results import table_findings
from evidence.grounding import value_problems
from evidence.judgements import (
    MACHINE,
    Arm,
    ExtractedOutcome,
    Provenance,
    StudyCharacteristics,
)
from evidence.question import ClinicalQuestion
from indexers.records import Document, Frozen


class Extraction(Frozen):
    """What was extracted from one document."""

    characteristics: StudyCharacteristics
    outcomes: tuple[ExtractedOutcome, ...]


class Extractor(Protocol):
    """Extracts characteristics and results from a report."""

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        """The characteristics of the study and its results for the question's outcomes."""
        ...


class OfflineExtractor:
    """Explicit rules: only what stands in the text, each number with its quote.

    A number that no rule finds with a clear cue stays missing; what is found under a doubt is
    flagged. The same document gives the same result, byte for byte.
    """

    _provenance = Provenance(
        actor=MACHINE, engine="offline", reason="explicit rules for tables and sentences"
    )

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        """The characteristics of the study and its results for the question's outcomes."""
        definitions = abbreviations(document)
        arms = find_arms(document, question.pico, definitions)
        others = _other_arms(document, arms)
        return Extraction(
            characteristics=StudyCharacteristics(
                record_id=document.record_id,
                characteristics=characteristics(document),
                arms=(*(as_arm(document, arm) for arm in arms), *others),
                provenance=self._provenance,
            ),
            outcomes=self._outcomes(question, document, arms, len(arms) + len(others)),
        )

    def _outcomes(
        self,
        question: ClinicalQuestion,
        document: Document,
        arms: tuple[TrialArm, ...],
        n_arms: int,
    ) -> tuple[ExtractedOutcome, ...]:
        if {arm.role for arm in arms} != {"intervention", "comparator"}:
            return ()
        definitions = abbreviations(document)
        concepts = tuple(outcome_concept(text, definitions) for text in question.pico.outcomes)
        spread = _spread(document)
        found: list[Finding] = []
        for table in document.tables:
            found += table_findings(table, concepts, arms, n_arms, spread)
        for concept in concepts:
            if not any(finding.concept is concept for finding in found):
                found += ranked_findings(
                    document.tables, concept, arms, n_arms, spread, definitions
                )
        read = result_sentences(document, arms)
        found += sentence_findings(read, concepts, spread)
        found += effect_findings(read, concepts)
        outcomes = [
            as_outcome(document, finding, self._provenance)
            for concept in concepts
            for finding in settle(f for f in found if f.concept is concept)
        ]
        # A number that cannot be shown in its quote is not emitted.
        return tuple(outcome for outcome in outcomes if not value_problems(outcome))


def _spread(document: Document) -> str | None:
    """What the article puts behind a mean where a table does not say: SD, SE or unknown."""
    deviation = re.search(r"\bS\.?D\b|standard deviation", document.text)
    error = re.search(r"\bS\.?E\.?M?\b|standard error", document.text)
    if deviation and not error:
        return "SD"
    return "SE" if error and not deviation else None


def _other_arms(document: Document, arms: tuple[TrialArm, ...]) -> list[Arm]:
    """Columns `(n = 178)` beside the question's arms that are none of them."""
    found: dict[str, Arm] = {}
    for table in document.tables:
        heads = [c for c in table.cells if c.header and header_n(c.text) and c.column > 0]
        named = {m.arm.role for c in heads for m in mentions(c.text, arms)}
        if len(named) < 2:
            continue
        for cell in heads:
            name = re.split(r"\W*\bn\s*=", cell.text, flags=re.IGNORECASE)[0].strip(" ([{,:")
            general = re.match(r"(?:total|all|overall|p\b|difference)", name, re.IGNORECASE)
            if not name or general or mentions(cell.text, arms) or len(name) > 60:
                continue
            if bare_role(name) is None and re.search(r"[A-Za-z]", name):
                quote = document.quote(cell.start, cell.end)
                found.setdefault(name, Arm(name=name, size=header_n(cell.text), quotes=(quote,)))
    return list(found.values())
