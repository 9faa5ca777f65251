"""What the offline engine sees in a record, as numbers for a learner; no label is used.

Columns, in this order, named after what they say:

    verdict.<criterion_id>      1 speaks for the record, -1 against it, 0 is open
    score                       the weighted share of criteria in its favour
    named.<concept>             a name of the concept in title or abstract: log(1 + mentions)
    title.<concept>             1 where one is in the title
    heading.<concept>           1 where a MeSH heading of the record names it
    concepts                    the share of the question's concepts that title or abstract name
    outcomes                    a name of an outcome in title or abstract: log(1 + mentions)
    design.<design>             1 where the report shows this design or kind of publication
    controlled, other_people    1 for a controlled comparison; for healthy people or animals
    type.<publication type>     1 for a publication type that MEDLINE gives
    animals_only                1 for the MeSH heading Animals without Humans
    abstract                    1 where there is one
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log1p
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from evidence.errors import SettingsError
from evidence.question import ClinicalQuestion
from evidence.reading.criterion_verdicts import offline_verdicts
from evidence.reading.design_cues import Design
from evidence.reading.mentions import describes_other_participants
from evidence.reading.reader import Reader
from evidence.reading.related_names import NameIndex
from evidence.screening.criterion_weights import favour, prior_weights, weighted_score
from evidence.strategy.types import Concept
from indexers.encoder import Progress
from indexers.records import Record, abstract_document

_CONTROLLED = re.compile(
    r"\b(?:placebo|sham|controlled|double-?blind|versus|vs|compared (?:with|to)|control group)\b",
    re.IGNORECASE,
)
_ANY_OUTCOME = re.compile(
    r"(?:(?:adverse|side|clinical) )?(?:events?|effects?|outcomes?|benefits?|harms?|effectiveness"
    r"|efficacy|safety|tolerability|complications?)",
    re.IGNORECASE,
)
_TYPES = {
    "randomised": ("Randomized Controlled Trial",),
    "trial": ("Clinical Trial", "Controlled Clinical Trial", "Clinical Trial, Phase III"),
    "observational": ("Observational Study",),
    "review": ("Review", "Systematic Review"),
    "meta_analysis": ("Meta-Analysis",),
    "case_report": ("Case Reports",),
    "commentary": ("Comment", "Editorial", "Letter", "News"),
    "guideline": ("Guideline", "Practice Guideline"),
}
# The order in which a person would read before anybody has judged a record: what is named counts
# most, what the design is less. Chosen once, from what the columns mean.
_NAMED, _TITLE, _CONCEPTS, _SCORE, _RANDOMISED = 0.5, 1.0, 2.0, 2.0, 0.5
_AGAINST = ("protocol", "review", "case_report", "commentary", "correction", "animal")
VERDICT = "verdict."
"""How the columns begin that hold the verdicts on criteria."""
_REPORTED_EVERY = 250


@dataclass(frozen=True)
class VerdictFeatures:
    """Features of records: `matrix` is [n_records, n_features], its columns are named."""

    names: tuple[str, ...]
    matrix: NDArray[np.float32]

    def column(self, name: str) -> NDArray[np.float32]:
        """One feature, [n_records].

        Raises:
            KeyError: There is no such feature.
        """
        if name not in self.names:
            raise KeyError(name)
        return self.matrix[:, self.names.index(name)]


@dataclass(frozen=True)
class _NamedConcept:
    """A concept of the question's search with its names and its MeSH headings."""

    label: str
    names: NameIndex
    headings: frozenset[str]


def verdict_features(
    question: ClinicalQuestion, records: Sequence[Record], progress: Progress | None = None
) -> VerdictFeatures:
    """The features of every record by title, abstract and what MEDLINE says of it.

    A question without criteria is formulated from its words first. `progress` is called with the
    records read and the records in all.

    Raises:
        SourceError: A table of the terminology is damaged.
    """
    asked = with_criteria(question)
    concepts = tuple(_concepts(asked))
    outcomes = _outcomes(asked)
    names = tuple(_names(asked, concepts))
    matrix = np.zeros((len(records), len(names)), dtype=np.float32)
    for row, record in enumerate(records):
        matrix[row] = list(_values(asked, concepts, outcomes, record))
        if progress is not None and ((row + 1) % _REPORTED_EVERY == 0 or row + 1 == len(records)):
            progress(row + 1, len(records))
    return VerdictFeatures(names, matrix)


def zero_label_score(features: VerdictFeatures) -> NDArray[np.float64]:
    """A score [n_records] before anyone has screened; higher fits the question better.

    Signs and weights are fixed in advance and fitted to no review.
    """
    score = _SCORE * features.column("score").astype(np.float64)
    score += _CONCEPTS * features.column("concepts")
    for name in features.names:
        if name.startswith("named."):
            score += _NAMED * features.column(name)
        elif name.startswith("title."):
            score += _TITLE * features.column(name)
    asks_for_trials = any(n in features.names for n in ("verdict.design", "verdict.intervention"))
    if asks_for_trials:
        score += _RANDOMISED * features.column("design.randomised")
        for design in _AGAINST:
            score -= _RANDOMISED * features.column(f"design.{design}")
    return score


def with_criteria(question: ClinicalQuestion) -> ClinicalQuestion:
    """A question with its own criteria, or with those drafted from its words."""
    if question.criteria:
        return question
    from evidence.stages.formulate import OfflineFormulator, derive_criteria

    pico = question.pico
    if not (pico.population or pico.intervention):
        pico = OfflineFormulator().formulate(question.text).pico
    return question.model_copy(update={"pico": pico, "criteria": derive_criteria(pico)})


def _concepts(question: ClinicalQuestion) -> Iterator[_NamedConcept]:
    """The concepts of the question's own strategy, else of the one that its words give."""
    from evidence.strategy.terms import shipped_terminology

    mesh = shipped_terminology().mesh
    seen: dict[str, int] = {}
    for concept in _searched(question):
        seen[concept.element] = seen.get(concept.element, 0) + 1
        number = f"_{seen[concept.element]}" if seen[concept.element] > 1 else ""
        headings: set[str] = set()
        for term in concept.terms:
            descriptor = mesh.descriptor(term.text) if term.field in ("mesh", "majr") else None
            headings.update(mesh.exploded(descriptor) if descriptor else ())
        yield _NamedConcept(
            label=f"{concept.element}{number}",
            names=NameIndex(t.text for t in concept.terms if t.field not in ("mesh", "majr", "pt")),
            headings=frozenset(headings),
        )


def _outcomes(question: ClinicalQuestion) -> NameIndex:
    """The names of all outcomes; `adverse events` and the like are in most trials and no help."""
    from evidence.strategy.expand import Expander
    from evidence.strategy.phrases import concept_phrases
    from evidence.strategy.terms import shipped_terminology

    expander = Expander(shipped_terminology())
    phrases = [p for o in question.pico.outcomes for p in concept_phrases(o, expander.known)]
    terms = expander.terms(p for p in phrases if not _ANY_OUTCOME.fullmatch(p))
    return NameIndex(term.text for term in terms if term.field != "mesh")


def _searched(question: ClinicalQuestion) -> tuple[Concept, ...]:
    from evidence.strategy.draft import draft_strategy

    if question.strategy is not None:
        return question.strategy.concepts
    try:
        return draft_strategy(question).concepts
    except SettingsError:  # the question names nothing that can be searched
        return ()


def _names(question: ClinicalQuestion, concepts: Sequence[_NamedConcept]) -> Iterator[str]:
    yield from (f"{VERDICT}{c.criterion_id}" for c in question.criteria)
    yield "score"
    for concept in concepts:
        yield from (f"{kind}.{concept.label}" for kind in ("named", "title", "heading"))
    yield from ("concepts", "outcomes")
    yield from (f"design.{design}" for design in get_args(Design))
    yield from ("controlled", "other_people")
    yield from (f"type.{name}" for name in _TYPES)
    yield from ("animals_only", "abstract")


def _values(
    question: ClinicalQuestion,
    concepts: Sequence[_NamedConcept],
    outcomes: NameIndex,
    record: Record,
) -> Iterator[float]:
    """One record's features, in the order of `_names`."""
    reader = Reader(abstract_document(record), "title_abstract")
    verdicts = offline_verdicts(question, reader)
    yield from favour(question.criteria, verdicts)
    yield weighted_score(question.criteria, verdicts, prior_weights(question.criteria))
    mesh = set(record.mesh)
    n_named = 0
    for concept in concepts:
        spans = concept.names.spans(reader.words)
        n_named += bool(spans)
        yield log1p(len(spans))
        yield float(any(end <= len(record.title) for _, end in spans))
        yield float(not mesh.isdisjoint(concept.headings))
    yield n_named / len(concepts) if concepts else 0.0
    yield log1p(len(outcomes.spans(reader.words)))
    designs = {finding.design for finding in reader.designs}
    yield from (float(design in designs) for design in get_args(Design))
    yield float(bool(_CONTROLLED.search(reader.text)))
    yield float(any(describes_other_participants(s) for s in reader.sentences))
    types = set(record.publication_types)
    yield from (float(not types.isdisjoint(given)) for given in _TYPES.values())
    yield float("Animals" in mesh and "Humans" not in mesh)
    yield float(reader.has_abstract)
