"""A language model where a task asks for PICO spans or characteristics: the review's own extractor.

The extractor is asked for the study's fields and for no outcome's numbers. A part that its call did
not read is empty, as in a review, and scores as nothing found.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.judgements import Characteristic
from evidence.llm.protocol import LanguageModel
from evidence.question import ClinicalQuestion, Pico
from evidence.reading.span_heads import Element, Span
from evidence.stages.extract_model import ModelExtractor
from indexers.records import Document, text_digest

_ASKED = ClinicalQuestion(
    text="Who took part in the trial, what was tried against what, and what was measured?",
    pico=Pico(
        population="the participants of the trial",
        intervention="the treatment that was tried",
        comparator="what it was compared with",
        outcomes=(),
    ),
)
_ELEMENTS: dict[str, Element] = {
    "population": "population",
    "intervention": "intervention",
    "comparator": "intervention",  # as EBM-NLP labels controls
    "outcomes": "outcome",
}


def model_characteristics(model: LanguageModel, document: Document) -> Sequence[Characteristic]:
    """The characteristics of a study, each with a quote that stands in the document."""
    return ModelExtractor(model).extract(_ASKED, document).characteristics.characteristics


class ModelReader:
    """Reads PICO spans of abstracts: where a value stands in its quote, else the quote."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans of each text, in input order."""
        return [self._spans(text) for text in texts]

    def learnt_from(self, text: str) -> bool:
        """What a model learnt from nobody can tell; see the limits in docs/BENCHMARK.md."""
        return False

    def _spans(self, text: str) -> tuple[Span, ...]:
        document = Document(
            document_digest=text_digest(text), record_id="abstract", kind="abstract", text=text
        )
        return tuple(
            _span(_ELEMENTS[given.field], given)
            for given in model_characteristics(self._model, document)
            if given.field in _ELEMENTS
        )


def _span(element: Element, given: Characteristic) -> Span:
    quote = given.quotes[0]
    start = quote.text.lower().find(given.value.lower())
    if start < 0:
        return Span(element, quote.start, quote.end, 1.0)
    return Span(element, quote.start + start, quote.start + start + len(given.value), 1.0)
