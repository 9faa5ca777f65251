"""Rankings of a question's records by rules that neither learn nor weigh fields.

- `baseline:random`: an order drawn by the seed and the question;
- `baseline:all_words`: the records that hold every word of the question but the commonest, as one
  query with AND would find them, newest first as a database lists them;
- `baseline:bm25`: Okapi BM25 (Robertson & Zaragoza 2009; k1 = 1.2, b = 0.75) of the words as they
  are printed over title and abstract as one text: no stems, no MeSH, no fields.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from indexers.records import Record

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    _WORD.findall(
        "a an and are as at be been best better by can compared could do does effect effective "
        "effects for from has have how if in is it its more of on or should than that the their "
        "there these this to versus was were what when which who whom will with would"
    )
)

Order = Callable[[str, int], list[str]]
"""The record ids of a question, best first, at most so many."""


def baseline_orders(records: Sequence[Record], seed: int) -> dict[str, Order]:
    """The rules over these records, by the name of their system."""
    words = {record.record_id: _words(f"{record.title} {record.abstract}") for record in records}
    years = {record.record_id: record.year or 0 for record in records}
    return {
        "baseline:random": partial(_random, tuple(words), seed),
        "baseline:all_words": partial(_all_words, words, years),
        "baseline:bm25": Bm25(words).order,
    }


def _words(text: str) -> Counter[str]:
    return Counter(word.lower() for word in _WORD.findall(text))


def _asked(question: str) -> list[str]:
    return [word for word in _words(question) if word not in _COMMON]


def _random(ids: Sequence[str], seed: int, question: str, limit: int) -> list[str]:
    def drawn(record_id: str) -> bytes:
        return hashlib.sha256(f"{seed}\0{question}\0{record_id}".encode()).digest()

    return sorted(ids, key=drawn)[:limit]


def _all_words(
    words: Mapping[str, Mapping[str, int]], years: Mapping[str, int], question: str, limit: int
) -> list[str]:
    asked = _asked(question)
    found = [i for i, held in words.items() if asked and all(word in held for word in asked)]
    return sorted(found, key=lambda i: (-years[i], i))[:limit]


class Bm25:
    """The records' words, counted once.

    Args:
        words: How often each record holds each word, by record id.
    """

    def __init__(self, words: Mapping[str, Counter[str]]) -> None:
        self._postings: dict[str, list[tuple[str, int]]] = {}
        self._length = {i: counts.total() for i, counts in words.items()}
        self._mean_length = sum(self._length.values()) / max(len(words), 1)
        for i, counts in words.items():
            for word, count in counts.items():
                self._postings.setdefault(word, []).append((i, count))

    def order(self, question: str, limit: int) -> list[str]:
        """The records that hold a word of the question; equal scores go by id."""
        scores: dict[str, float] = {}
        for word in _asked(question):
            held = self._postings.get(word, [])
            n = len(held)
            rarity = math.log(1 + (len(self._length) - n + 0.5) / (n + 0.5))
            for i, count in held:
                longer = 1 - B + B * self._length[i] / self._mean_length
                scores[i] = scores.get(i, 0.0) + rarity * count * (K1 + 1) / (count + K1 * longer)
        return sorted(scores, key=lambda i: (-scores[i], i))[:limit]
