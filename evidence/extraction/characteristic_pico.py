"""Population, intervention, comparator and outcomes as an abstract words them, by the span heads.

The heads read title and abstract; their spans count where the abstract tells of the study. Ends of
spans are right about one time in three (data/heads/README.md), so each stands in its sentence as
its quote: a place to look at, not a settled value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from evidence.extraction.characteristic_text import telling_sentences
from evidence.extraction.wording import content
from evidence.judgements import Arm, Characteristic
from evidence.reading.sentences import LocatedSentence, read_sentences
from evidence.reading.span_heads import Element, Span, shipped_reader
from indexers.records import Document

MOST = {"population": 2, "intervention": 4, "comparator": 3, "outcome": 8}
"""How many values of a field are given at most."""
_FIRST = re.compile(
    r"(?:(?:the|a|an|and|or|of|in|on|with|to|for|by|from|either|both|were|was|versus|vs\.?"
    r"|compared with|compared to)\b|[\W_])+",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:\s+(?:and|or|of|in|with|the|a|to|for|by|were|was)|[\s.,;:\-–/(\[])+$")
_CONTROL = re.compile(
    r"\b(?:placebo|controls?|usual care|standard (?:care|treatment|therapy)|sham|no (?:treatment"
    r"|intervention)|waiting[ -]list|wait-?list|treatment as usual|comparator)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(r"(?:\bversus|\bvs\.?|\bcompared (?:with|to)|\bthan)\s+(?:the |an? )?$", re.I)
_TELLS_NOTHING = re.compile(
    r"(?:\d+|the|all|both|two|three|patients?|participants?|subjects?|groups?|arms?|treatments?"
    r"|interventions?|outcomes?|study|trial|effects?|efficacy|safety|women|men|children|adults"
    r"|therapy|people|control|[\W_])*",
    re.IGNORECASE,
)


class SpanFinder(Protocol):
    """Finds the spans of texts."""

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The spans of each text, in input order."""
        ...


class _Wording(NamedTuple):
    field: str
    start: int
    end: int
    sentence: LocatedSentence
    words: frozenset[str]
    score: float


def pico_characteristics(
    document: Document, arms: Sequence[Arm] = (), reader: SpanFinder | None = None
) -> tuple[Characteristic, ...]:
    """The wordings of population, intervention, comparator and outcome, most telling first.

    Args:
        document: A document with an abstract; without one nothing is found.
        arms: Arms that are known; a wording that names a comparator's arm is the comparator.
        reader: The span heads; the shipped ones unless given, loaded when first needed.

    Raises:
        EngineError: The heads' weights are missing or do not fit.
        EncoderError: The encoder's package is missing.
    """
    end = max((s.end for s in document.sections if s.path == ("Abstract",)), default=0)
    if not end:
        return ()
    text = document.text[:end]
    spans = _shipped_spans(text) if reader is None else reader.read([text])[0]
    sentences = [s for s in read_sentences(document) if s.part in ("title", "abstract")]
    abstract = tuple(s for s in sentences if s.part == "abstract")
    telling = [*(s for s in sentences if s.part == "title"), *telling_sentences(document, abstract)]
    names = tuple(
        n for arm in arms if arm.role == "comparator" for n in (arm.name, *arm.abbreviations)
    )
    found = list(_wordings(document.text, spans, telling, names))
    return tuple(
        Characteristic(
            field=field if field != "outcome" else "outcomes",
            value=document.text[w.start : w.end],
            quotes=(document.quote(w.sentence.start, w.sentence.end),),
        )
        for field in MOST
        for w in _most_telling([w for w in found if w.field == field])[: MOST[field]]
    )


@lru_cache(maxsize=256)
def _shipped_spans(text: str) -> tuple[Span, ...]:
    return shipped_reader().read([text])[0]


def _wordings(
    text: str,
    spans: Sequence[Span],
    sentences: Sequence[LocatedSentence],
    comparators: tuple[str, ...],
) -> Iterator[_Wording]:
    for span in spans:
        inside = next((s for s in sentences if s.start <= span.start < s.end), None)
        if inside is None:
            continue
        start, end = _trimmed(text, span.start, min(span.end, inside.end))
        words = frozenset(content(text[start:end]))
        if start >= end or not words or _TELLS_NOTHING.fullmatch(text, start, end):
            continue
        field = _field(text, span.element, start, end, comparators)
        yield _Wording(field, start, end, inside, words, span.score)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without joining words at its ends and without a bracket that has no other half."""
    first = _FIRST.match(text, start, end)
    start = first.end() if first and text[first.end() - 1] not in "([" else start
    last = _LAST.search(text[start:end])
    end = start + last.start() if last else end
    for opening, closing in ("()", "[]"):
        inner = text[start:end]
        if inner.endswith(closing) and opening not in inner:
            end -= 1
        elif inner.rfind(opening) > inner.rfind(closing):
            end = start + len(inner[: inner.rfind(opening)].rstrip())
        if text[start:end].startswith(opening) and closing not in text[start:end]:
            start += 1
    return start, end


def _field(text: str, element: Element, start: int, end: int, comparators: tuple[str, ...]) -> str:
    if element != "intervention":
        return element
    value = text[start:end].lower()
    named = any(name.lower() in value for name in comparators if len(name) > 2)
    against = _AGAINST.search(text[max(0, start - 30) : start])
    return "comparator" if named or against or _CONTROL.search(value) else "intervention"


def _most_telling(wordings: Sequence[_Wording]) -> list[_Wording]:
    """One wording for each content, those first that the heads are surest of and that say more.

    A wording whose words another one has all is left out; each time its words come again counts.
    """
    kept: list[_Wording] = []
    for w in sorted(wordings, key=lambda w: (-len(w.words), -w.score, w.start)):
        if not any(w.words <= other.words for other in kept):
            kept.append(w)

    def worth(w: _Wording) -> float:
        again = float(sum(len(w.words & o.words) >= len(o.words) / 2 for o in wordings))
        return w.score * math.sqrt(min(len(w.words), 8) * again)

    return sorted(kept, key=lambda w: (-worth(w), w.start))
