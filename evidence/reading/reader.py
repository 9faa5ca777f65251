"""A document as screening reads it in one phase, and verdicts with their quotes."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Protocol

from evidence.judgements import CriterionVerdict, Phase
from evidence.question import EligibilityCriterion
from evidence.reading.matching import Span
from evidence.reading.related_names import NameIndex, PlacedWords
from evidence.reading.sentences import LocatedSentence, read_sentences
from evidence.reading.study_design import DesignFinding, detect_designs
from indexers.records import Document, Quote

Stand = Literal["met", "unclear", "not_met"]


class Quotable(Protocol):
    """A stretch of the document: a sentence or a finding."""

    @property
    def start(self) -> int:
        """Where it begins."""
        ...

    @property
    def end(self) -> int:
        """Where it ends."""
        ...


class Reader:
    """A document read once for all criteria."""

    def __init__(self, document: Document, phase: Phase) -> None:
        self.document = document
        self.full_text = phase == "full_text" and document.kind == "full_text"
        every = read_sentences(document)
        self._every = every
        self.sentences = tuple(s for s in every if self.full_text or s.part != "body")
        self.title = next((s for s in every if s.part == "title"), None)
        self.has_abstract = any(s.part == "abstract" for s in every)
        self.text = document.text
        self.has_methods = any(s.part == "body" and s.role == "methods" for s in self.sentences)

    @cached_property
    def words(self) -> PlacedWords:
        """The words of the whole text."""
        return PlacedWords(self.text)

    def named(self, names: NameIndex) -> list[tuple[LocatedSentence, Span]]:
        """The sentences read in this phase that hold a name, with its place in each."""
        found = []
        spans = iter(names.spans(self.words))
        span = next(spans, None)
        for sentence in self.sentences:
            while span is not None and span[0] < sentence.end:
                if span[0] >= sentence.start and span[1] <= sentence.end:
                    found.append((sentence, (span[0] - sentence.start, span[1] - sentence.start)))
                span = next(spans, None)
        return found

    @cached_property
    def designs(self) -> tuple[DesignFinding, ...]:
        """The designs that the document shows."""
        return detect_designs(self.document, self._every)

    @property
    def tells_enough(self) -> bool:
        """Whether a term that is absent is missing, rather than not yet told."""
        return self.has_methods if self.full_text else self.has_abstract

    @property
    def where(self) -> str:
        """The parts that are read in this phase, in words."""
        return "title, abstract or full text" if self.full_text else "title or abstract"

    def verdict(
        self,
        criterion: EligibilityCriterion,
        stand: Stand,
        sentence: Quotable | None,
        reason: str,
    ) -> CriterionVerdict:
        """A verdict with its quote; without a quote nothing is decided."""
        quotes: tuple[Quote, ...] = ()
        if sentence is not None and sentence.end > sentence.start:
            quotes = (self.document.quote(sentence.start, sentence.end),)
        if not quotes and stand != "unclear":
            stand, reason = "unclear", f"nothing to quote: {reason}"
        return CriterionVerdict(
            criterion_id=criterion.criterion_id, verdict=stand, quotes=quotes, reason=reason
        )
