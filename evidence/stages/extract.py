"""Extraction: what a trial's report says of its arms, its conduct and the question's outcomes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from evidence.extraction.abbreviations import Abbreviation, abbreviations
from evidence.extraction.arm_labels import bare_role, header_n
from evidence.extraction.arm_mentions import TrialArm, mentions
from evidence.extraction.arms import as_arm, find_arms
from evidence.extraction.characteristic_pico import pico_characteristics
from evidence.extraction.characteristics import characteristics
from evidence.extraction.consistency import consistency_flags
from evidence.extraction.effect_direction import effect_direction
from evidence.extraction.effects import effect_findings
from evidence.extraction.outcomes import outcome_concept
from evidence.extraction.ranked_results import nearest_findings, ranked_findings, table_rows
from evidence.extraction.results import Finding, as_outcome, settle
from evidence.extraction.sentence_results import sentence_findings
from evidence.extraction.sentences import result_sentences
from evidence.extraction.sureness import Candidates, given_and_proposed
from evidence.extraction.sureness_features import Asked
from evidence.extraction.table_effects import nearest_effects, printed_effects, table_effects
from evidence.extraction.table_results import table_findings
from evidence.grounding import value_problems
from evidence.judgements import (
    MACHINE,
    Arm,
    Characteristic,
    ExtractedOutcome,
    Provenance,
    StatedDirection,
    StudyCharacteristics,
)
from evidence.question import ClinicalQuestion
from indexers.records import Document, Frozen

SENTENCES_SHOWN = 2
"""Sentences quoted for a direction; on validation questions the first three held the annotated one
in 83 %."""
LEAST_SCORE = 0.6
"""The least score with which a direction is told: of 107 validation questions 83 reach it, 84 % of
them rightly; of all 107 answers 77 % are right."""
SURE = 0.8
"""The least score of a direction that may contradict numbers: 48 of 56 were right."""


class Extraction(Frozen):
    """What was extracted from one document."""

    characteristics: StudyCharacteristics
    outcomes: tuple[ExtractedOutcome, ...]
    directions: tuple[StatedDirection, ...] = ()

    @property
    def entries(self) -> tuple[StudyCharacteristics | ExtractedOutcome | StatedDirection, ...]:
        """All of it in the order of the log."""
        return (self.characteristics, *self.outcomes, *self.directions)


class Extractor(Protocol):
    """Extracts characteristics and results from a report."""

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        """The characteristics of the study and its results for the question's outcomes."""
        ...


@dataclass(frozen=True)
class _Read:
    """What is read of a report before its results: the question's arms and what else is told."""

    definitions: tuple[Abbreviation, ...]
    arms: tuple[TrialArm, ...]
    others: list[Arm]
    told: tuple[Characteristic, ...]
    directions: tuple[StatedDirection, ...]


class OfflineExtractor:
    """Explicit rules: only what stands in the text, each number with its quote.

    A number that no rule finds with a clear cue stays missing; what is found under a doubt is
    flagged. Population, intervention, comparator and outcomes, and the directions of effects, come
    from trained heads; they are places to look at. The same document gives the same result, byte
    for byte.

    Args:
        read_pico: Whether the span heads read the abstract; they load the encoder.
    """

    _provenance = Provenance(
        actor=MACHINE, engine="offline", reason="explicit rules for tables and sentences"
    )
    _by_heads = Provenance(
        actor=MACHINE,
        engine="offline",
        reason="two linear heads on the report's sentences; about one in six is wrong",
    )

    def __init__(self, *, read_pico: bool = True) -> None:
        self._read_pico = read_pico

    def extract(self, question: ClinicalQuestion, document: Document) -> Extraction:
        """The characteristics of the study and its results for the question's outcomes."""
        read = self._read(question, document)
        named = tuple(as_arm(document, arm) for arm in read.arms)
        candidates = self._candidates(question, document, read)
        return Extraction(
            characteristics=StudyCharacteristics(
                record_id=document.record_id,
                characteristics=(*self._pico(document, named), *read.told),
                arms=(*named, *read.others),
                provenance=self._provenance,
            ),
            outcomes=tuple(r for c in candidates for r in given_and_proposed(c, document)),
            directions=read.directions,
        )

    def candidates(self, question: ClinicalQuestion, document: Document) -> list[Candidates]:
        """What may be the result of each outcome, before anything is given; for fitting."""
        return self._candidates(question, document, self._read(question, document))

    def _read(self, question: ClinicalQuestion, document: Document) -> _Read:
        definitions = abbreviations(document)
        arms = find_arms(document, question.pico, definitions)
        return _Read(
            definitions,
            arms,
            _other_arms(document, arms),
            characteristics(document),
            self._directions(question, document),
        )

    def _pico(self, document: Document, arms: tuple[Arm, ...]) -> tuple[Characteristic, ...]:
        return pico_characteristics(document, arms) if self._read_pico else ()

    def _directions(
        self, question: ClinicalQuestion, document: Document
    ) -> tuple[StatedDirection, ...]:
        """Which way each outcome went as the sentences tell it, where the heads are fairly sure."""
        found = []
        for outcome in question.pico.outcomes:
            read = effect_direction(
                document, question.pico.intervention, question.pico.comparator, outcome
            )
            score = read.scores.get(read.direction, 0.0)
            if read.direction == "unclear" or score < LEAST_SCORE:
                continue
            found.append(
                StatedDirection(
                    record_id=document.record_id,
                    outcome=outcome,
                    direction=read.direction,
                    score=score,
                    quotes=read.quotes[:SENTENCES_SHOWN],
                    provenance=self._by_heads,
                )
            )
        return tuple(found)

    def _candidates(
        self, question: ClinicalQuestion, document: Document, read: _Read
    ) -> list[Candidates]:
        arms, definitions = read.arms, read.definitions
        if {arm.role for arm in arms} != {"intervention", "comparator"}:
            return []
        concepts = tuple(outcome_concept(text, definitions) for text in question.pico.outcomes)
        n_arms, spread, tables = len(arms) + len(read.others), _spread(document), document.tables
        found: list[Finding] = []
        for table in tables:
            found += table_findings(table, concepts, arms, n_arms, spread)
        for concept in concepts:
            if not any(finding.concept is concept for finding in found):
                found += ranked_findings(tables, concept, arms, n_arms, spread, definitions)
        rows = table_rows(tables, arms, n_arms)
        effects = printed_effects(tables, arms, n_arms)
        found += table_effects(effects, concepts, definitions)
        sentences = result_sentences(document, arms)
        found += sentence_findings(sentences, concepts, spread)
        found += effect_findings(sentences, concepts)
        intervention, comparator = question.pico.intervention, question.pico.comparator
        candidates = []
        for concept in concepts:
            chosen = settle(f for f in found if f.concept is concept)
            nearest = [
                *nearest_findings(rows, concept, spread, definitions),
                *nearest_effects(effects, concept, definitions),
            ]
            candidates.append(
                Candidates(
                    Asked(concept.text, intervention, comparator, definitions),
                    self._shown(document, chosen, read.told, read.directions),
                    self._shown(document, nearest, read.told, ()),
                )
            )
        return candidates

    def _shown(
        self,
        document: Document,
        findings: list[Finding],
        told: tuple[Characteristic, ...],
        directions: tuple[StatedDirection, ...],
    ) -> list[ExtractedOutcome]:
        """The findings as results; a number that cannot be shown in its quote is not emitted."""
        made = (as_outcome(document, finding, self._provenance) for finding in findings)
        return [
            _checked(outcome, document, told, directions)
            for outcome in made
            if not value_problems(outcome)
        ]


def _checked(
    outcome: ExtractedOutcome,
    document: Document,
    told: tuple[Characteristic, ...],
    directions: tuple[StatedDirection, ...],
) -> ExtractedOutcome:
    """The result with a flag for whatever contradicts it; see `consistency`."""
    sizes = [c.value for c in told if c.field == "number_randomised"]
    number = re.search(r"\d[\d,]*", sizes[0]) if len(sizes) == 1 else None
    sure = [d for d in directions if d.outcome == outcome.outcome and (d.score or 0) >= SURE]
    flags = consistency_flags(
        outcome,
        document,
        n_randomised=int(number.group().replace(",", "")) if number else None,
        direction=sure[0].direction if sure else None,
    )
    return outcome.model_copy(update={"flags": tuple(dict.fromkeys((*outcome.flags, *flags)))})


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
