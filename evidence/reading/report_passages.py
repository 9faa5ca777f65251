"""The passages of a report, and which of them are nearest to an eligibility criterion.

Everything is in memory and of one report: its paragraphs are ranked by the words that they share
with a criterion (BM25) and by their meaning (the encoder's vectors), fused by reciprocal rank.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from indexers.encoder import Encoder
from indexers.records import Document, Passage, text_digest
from retrievers.hybrid import HybridRetriever
from retrievers.protocol import Hit
from retrievers.ranking import ranked

LONGEST_PASSAGE = 700
"""Characters; shorter paragraphs of a section are taken together, longer ones are cut."""
_WEIGHTS = {"lexical": 4.0}
"""Of 150 trial reports with marked evidence, 8 passages missed 25 % with it, 30 % at equal weight;
from 2 to 9 it made little difference."""
_BEGINNING = 3_000
"""Characters, where no abstract is told apart."""
RANKER = "report-passages"
"""How certificates name this ranking; a certificate of a store's retriever does not fit it."""
RANKING_DIGEST = text_digest(
    f"{RANKER} 1: paragraphs up to {LONGEST_PASSAGE} characters under their headings; BM25 and "
    f"vectors by reciprocal rank, weighted {_WEIGHTS}"
)
"""Changes whenever passages or their order may change: what a certificate was made for."""

_LEFT_OUT = re.compile(
    r"references|bibliography|acknowledge?ments?|funding|competing interests|conflicts? of interest"
    r"|authors?.? contributions|abbreviations$|supplementary (?:material|information|data|file)"
    r"|pre-publication history",
    re.IGNORECASE,
)
_BREAKS = ("\n\n", "\n", ". ", "; ", " ")
_WORD = re.compile(r"[^\W_]+")
_K1, _B = 1.2, 0.75


def report_passages(document: Document) -> tuple[Passage, ...]:
    """The passages of a report in reading order, without references and declarations."""
    text = document.text
    borders = sorted({0, len(text), *(s.start for s in document.sections)})
    found: list[Passage] = []
    for start, end in itertools.pairwise(borders):
        path = document.section_at(start)
        if path and _LEFT_OUT.match(path[-1].strip("0123456789. ")):
            continue
        section = " > ".join(path)
        found += [document.passage(first, last, section) for first, last in _cut(text, start, end)]
    return tuple(found)


def front(document: Document) -> tuple[int, int]:
    """Where title and abstract stand, which are shown of every report.

    Where no abstract is told apart, as in many PDFs, it is the beginning, to the end of a sentence.
    """
    text = document.text
    title = [s for s in document.sections if s.path == ("Title",)]
    abstract = [s for s in document.sections if s.path in (("Abstract",), ("Summary",))]
    if abstract:
        found = [*title, *abstract[:1]]
        return min(s.start for s in found), max(s.end for s in found)
    start = title[0].start if title else 0
    end = min(len(text), start + _BEGINNING)
    if end < len(text):
        stop = max(text.rfind(mark, start, end) + 1 for mark in (". ", ".\n", "\n"))
        end = stop if stop > start else end
    return start, end


def beyond(passages: Iterable[Passage], shown: tuple[int, int]) -> list[Passage]:
    """The passages that are not wholly inside a stretch that is shown anyway."""
    return [p for p in passages if p.start < shown[0] or p.end > shown[1]]


def rank_passages(
    passages: Sequence[Passage], queries: Sequence[str], encoder: Encoder
) -> list[list[Passage]]:
    """All passages for each query, nearest first; the same input gives the same order."""
    if not passages:
        return [[] for _ in queries]
    by_id = {passage.passage_id: passage for passage in passages}
    texts = [f"{passage.section}\n{passage.text}" for passage in passages]
    vectors = encoder.encode([*texts, *queries])
    dense = _Nearest(tuple(by_id), queries, vectors[len(texts) :] @ vectors[: len(texts)].T)
    lexical = _SharedWords(tuple(by_id), texts)
    both = HybridRetriever([lexical, dense], candidates=len(passages), weights=_WEIGHTS)
    return [
        [by_id[hit.record_id] for hit in both.retrieve(query, len(passages))] for query in queries
    ]


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most LONGEST_PASSAGE characters, without white space at either end."""
    while start < end:
        stop = min(end, start + LONGEST_PASSAGE)
        if stop < end:
            ends = (text.rfind(mark, start + LONGEST_PASSAGE // 3, stop) for mark in _BREAKS)
            found = next(((e, m) for e, m in zip(ends, _BREAKS, strict=True) if e >= 0), None)
            stop = found[0] + len(found[1]) if found else stop
        piece = text[start:stop]
        if any(c.isalnum() for c in piece):
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(piece.strip())
        start = stop


class _SharedWords:
    """Ranks by BM25 (Robertson & Zaragoza 2009) over the passages of one report."""

    name = "lexical"

    def __init__(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        self._ids = ids
        self._counts = [Counter(_words(text)) for text in texts]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean = max(sum(self._lengths) / len(texts), 1.0)
        self._held_by = Counter(word for counts in self._counts for word in counts)

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        scores = [self._score(place, query) for place in range(len(self._ids))]
        order = sorted(range(len(self._ids)), key=lambda place: (-scores[place], place))
        return ranked((self._ids[p], scores[p]) for p in order[:limit] if scores[p] > 0)

    def _score(self, place: int, query: str) -> float:
        counts, length = self._counts[place], self._lengths[place] / self._mean
        total = 0.0
        for word in dict.fromkeys(_words(query)):
            times = counts[word]
            if times:
                held = self._held_by[word]
                rare = math.log(1 + (len(self._ids) - held + 0.5) / (held + 0.5))
                total += rare * times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * length))
        return round(total, 9)


class _Nearest:
    """Ranks by similarities [n_queries, n_passages] that were computed at once."""

    name = "dense"

    def __init__(
        self, ids: Sequence[str], queries: Sequence[str], similarities: NDArray[np.float32]
    ) -> None:
        self._ids = ids
        self._rows = {query: similarities[row] for row, query in enumerate(queries)}

    def retrieve(self, query: str, limit: int) -> list[Hit]:
        row = [round(float(value), 5) for value in self._rows[query]]
        order = sorted(range(len(row)), key=lambda place: (-row[place], place))
        return ranked((self._ids[place], row[place]) for place in order[:limit])


def _words(text: str) -> Iterator[str]:
    """Lower-case words; a plural is its singular."""
    for word in _WORD.findall(text.lower()):
        plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
        yield word[:-1] if plural else word
